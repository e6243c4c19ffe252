namespace LayerGrad;

/// <summary>What was measured for one example, in memory or as a run file says it.</summary>
public sealed class MeasuredExample
{
    private readonly Dictionary<string, MeasuredGradient> _byName;

    internal MeasuredExample(int index, double loss, IReadOnlyList<MeasuredGradient> gradients)
    {
        (Index, Loss, Gradients) = (index, loss, gradients);
        _byName = gradients.ToDictionary(gradient => gradient.Weight, StringComparer.Ordinal);
    }

    /// <summary>The example's position in its dataset, from 0.</summary>
    public int Index { get; }

    /// <summary>The example; null where it was read from a run file.</summary>
    public Example? Example { get; internal init; }

    /// <summary>Mean cross-entropy over the tokens of the response, in nats.</summary>
    public double Loss { get; }

    /// <summary>Tokens of prompt and response together, after truncation; null where a run file does not say.</summary>
    public int? Tokens { get; internal init; }

    /// <summary>How many of them count in the loss; null where a run file does not say.</summary>
    public int? ResponseTokens { get; internal init; }

    /// <summary>The training step of a probe's run; otherwise null.</summary>
    public int? Step { get; internal init; }

    /// <summary>The precision in which it was measured where that is not the model's, because its numbers leave the range of float32; otherwise null.</summary>
    public Precision? MeasuredIn { get; internal init; }

    /// <summary>The gradient of each measured weight, in the order of the layers.</summary>
    public IReadOnlyList<MeasuredGradient> Gradients { get; }

    /// <summary>The gradient of a weight.</summary>
    /// <param name="weight">The weight's full name, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
    /// <exception cref="KeyNotFoundException">There is no such weight, or it was not measured; the message says the nearest names, and all where they are few.</exception>
    public MeasuredGradient this[string weight]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(weight);
            return _byName.TryGetValue(weight, out var gradient) ? gradient : throw new KeyNotFoundException(Unknown(weight));
        }
    }

    private string Unknown(string weight)
    {
        const int Few = 8;
        var nearest = Gradients.Select(gradient => gradient.Weight).OrderBy(name => EditDistance.Between(weight, name)).Take(Few).ToList();
        var more = Gradients.Count > nearest.Count ? $" and {Gradients.Count - nearest.Count} more, in MeasuredExample.Gradients" : "";
        return $"'{weight}' was not measured; the nearest of what was: {string.Join(", ", nearest)}{more}.";
    }
}
