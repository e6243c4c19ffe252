using System.Text.RegularExpressions;

namespace LayerGrad.Measuring;

/// <summary>Which weights are measured: the value of <c>--weights</c>, or the protocol's own choice.</summary>
public sealed class WeightSelection
{
    private readonly Func<MeasuredWeight, bool> _includes;

    private WeightSelection(string name, Func<MeasuredWeight, bool> includes) => (Name, _includes) = (name, includes);

    /// <summary>The selection in a run's metadata.</summary>
    public string Name { get; }

    /// <summary>Reads a selection.</summary>
    /// <param name="text">
    /// <c>attention</c> (q, k, v, o of every layer), <c>mlp</c>, <c>all</c>, or names with commas between them, in full or
    /// in part (<c>v_proj</c>, <c>layers.3.</c>); <c>*</c> stands for anything. Null for the protocol's own.
    /// </param>
    /// <param name="protocol">
    /// <see cref="Protocol.Paper"/> measures what the original script measures: every matrix with <c>self_attn</c> in its
    /// name, and every square one; <see cref="Protocol.Strict"/> measures attention.
    /// </param>
    public static WeightSelection Parse(string? text, Protocol protocol) => text switch
    {
        null when protocol == Protocol.Paper => new("paper", weight => weight.Name.Contains("self_attn", StringComparison.Ordinal) || weight.Rows == weight.Columns),
        null or "attention" => new("attention", IsAttention),
        "mlp" => new("mlp", weight => IsInLayer(weight) && !IsAttention(weight)),
        "all" => new("all", IsInLayer),
        _ => Named(text),
    };

    /// <summary>Whether a weight is measured.</summary>
    public bool Includes(MeasuredWeight weight) => _includes(weight);

    /// <summary>The weights of a model that are measured, in the order given.</summary>
    /// <exception cref="InputException">A name fits no weight.</exception>
    public IReadOnlyList<MeasuredWeight> Select(IEnumerable<MeasuredWeight> weights)
    {
        var all = weights.ToList();
        var selected = all.Where(_includes).ToList();
        return selected.Count > 0
            ? selected
            : throw new InputException($"--weights {Name}: no weight of the model is meant; one of its weights is {(all.Count > 0 ? all[0].Name : "none")}.");
    }

    private static bool IsAttention(MeasuredWeight weight) =>
        IsInLayer(weight) && (weight.Name.Contains("attn", StringComparison.Ordinal) || weight.Name.Contains("attention", StringComparison.Ordinal));

    private static bool IsInLayer(MeasuredWeight weight) => weight.Name.Contains(".layers.", StringComparison.Ordinal);

    private static WeightSelection Named(string text)
    {
        var patterns = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (patterns.Length == 0)
            throw new InputException($"--weights {text}: name weights, or say attention, mlp or all.");
        var expressions = patterns.Select(pattern => new Regex(
            @"(^|\.)" + Regex.Escape(pattern.TrimEnd('.')).Replace(@"\*", ".*", StringComparison.Ordinal) + @"(\.|$)", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))).ToList();
        return new(string.Join(',', patterns), weight => expressions.Exists(expression => expression.IsMatch(weight.Name)));
    }
}
