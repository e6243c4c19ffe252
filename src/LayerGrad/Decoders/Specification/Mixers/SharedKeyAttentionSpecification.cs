using LayerGrad.Compute;

namespace LayerGrad.Decoders.Specification;

/// <summary>
/// Self-attention as Gemma 4 has it: norms of queries, keys and values head by head; values that may be the keys before their norm; and layers without keys and
/// values of their own, which take those of an earlier layer.
/// </summary>
internal sealed record SharedKeyAttentionSpecification : MixerSpecification
{
    /// <summary>The layer's number.</summary>
    public required int Layer { get; init; }

    /// <summary>The query projection.</summary>
    public required LinearSpecification Query { get; init; }

    /// <summary>The key projection; null where the keys and values are those of <see cref="Source"/>.</summary>
    public LinearSpecification? Key { get; init; }

    /// <summary>The value projection; null where values are what <see cref="Key"/> gives, or those of <see cref="Source"/>.</summary>
    public LinearSpecification? Value { get; init; }

    /// <summary>The layer whose keys and values are taken; null where the layer has its own.</summary>
    public int? Source { get; init; }

    /// <summary>Whether other layers take this layer's keys and values.</summary>
    public bool IsSource { get; init; }

    /// <summary>The output projection.</summary>
    public required LinearSpecification Output { get; init; }

    /// <summary>The number of query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>The number of key-value heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>The columns of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The norm of the queries, before they are turned.</summary>
    public required NormSpecification QueryNorm { get; init; }

    /// <summary>The norm of the keys, before they are turned; null without keys of its own.</summary>
    public NormSpecification? KeyNorm { get; init; }

    /// <summary>The norm of the values; null without values of its own.</summary>
    public NormSpecification? ValueNorm { get; init; }

    /// <summary>The rotary embedding.</summary>
    public required RotarySpecification Rotary { get; init; }

    /// <summary>The scale of the scores and the window.</summary>
    public required AttentionShape Shape { get; init; }

    /// <summary>What reads the layer's input.</summary>
    public IReadOnlyList<LinearSpecification> Projections => [.. new[] { Query, Key, Value }.OfType<LinearSpecification>()];

    /// <summary>The columns of keys and values together.</summary>
    public int KeyValueColumns => 2 * KeyValueHeads * HeadSize;

    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => [.. Projections, Output];

    /// <inheritdoc />
    public override IEnumerable<NormSpecification> Norms => new[] { QueryNorm, KeyNorm, ValueNorm }.OfType<NormSpecification>();

    /// <inheritdoc />
    public override IEnumerable<RotarySpecification> Rotaries => [Rotary];

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups => [new LinearGroup(Projections), new LinearGroup([Output])];
}
