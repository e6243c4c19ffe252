namespace LayerGrad;

/// <summary>Which weights are measured.</summary>
public sealed record WeightSelection
{
    private WeightSelection(string text) => Text = text;

    /// <summary>The weights of whatever mixes tokens: q, k, v and o of attention, and what stands in for them.</summary>
    public static WeightSelection Attention { get; } = new("attention");

    /// <summary>The weights of the feed-forward parts, routers and experts among them.</summary>
    public static WeightSelection Mlp { get; } = new("mlp");

    /// <summary>Both.</summary>
    public static WeightSelection All { get; } = new("all");

    /// <summary>It as <c>layergrad measure --weights</c> takes it.</summary>
    internal string Text { get; }

    /// <summary>Weights by their names, in which <c>*</c> and <c>?</c> stand for any characters.</summary>
    /// <param name="names">At least one, such as <c>model.layers.*.self_attn.v_proj.weight</c>; one that matches nothing is an error when measuring begins.</param>
    public static WeightSelection Named(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var all = names.ToList();
        if (all.Count == 0 || all.Exists(static name => string.IsNullOrWhiteSpace(name) || name.Contains(',', StringComparison.Ordinal)))
            throw new ArgumentException("name at least one weight, one by one.", nameof(names));
        return new WeightSelection(string.Join(',', all));
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
