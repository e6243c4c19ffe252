using LayerGrad.Compute;

namespace LayerGrad.Decoders.Specification;

/// <summary>Self-attention with grouped queries (Ainslie et al. 2023, arXiv 2305.13245).</summary>
internal sealed record AttentionSpecification : MixerSpecification
{
    /// <summary>q, k and v, or the one layer that computes all three.</summary>
    public required IReadOnlyList<LinearSpecification> Projections { get; init; }

    /// <summary>How queries, keys and values stand in what the projections give.</summary>
    public QkvLayout Layout { get; init; }

    /// <summary>The output projection.</summary>
    public required LinearSpecification Output { get; init; }

    /// <summary>The number of query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>The number of key-value heads, each shared by as many query heads as the other.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>The columns of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The norm of the queries before they are turned (after, with <see cref="NormsAfterRotary"/>), or null.</summary>
    public NormSpecification? QueryNorm { get; init; }

    /// <summary>The norm of the keys before they are turned (after, with <see cref="NormsAfterRotary"/>), or null.</summary>
    public NormSpecification? KeyNorm { get; init; }

    /// <summary>Whether queries and keys are turned first and normed then (Hunyuan).</summary>
    public bool NormsAfterRotary { get; init; }

    /// <summary>Queries, keys and values are clamped to ± this, or null.</summary>
    public double? Clamp { get; init; }

    /// <summary>The rotary embedding, or null.</summary>
    public RotarySpecification? Rotary { get; init; }

    /// <summary>What multiplies the queries by their position, after they are turned, or null.</summary>
    public PositionScale? QueryScale { get; init; }

    /// <summary>The scale of the scores, their cap, and the window.</summary>
    public required AttentionShape Shape { get; init; }

    /// <summary>A score of each head that stands in every softmax beside those of the keys and has no value (gpt-oss), 1 x heads, or null.</summary>
    public ParameterSpecification? Sinks { get; init; }

    /// <summary>
    /// Whether the first projection gives, behind each head's query, a gate of as many columns, whose logistic function multiplies the head's output
    /// (Qwen3-Next). Queries, keys and values stand one behind the other.
    /// </summary>
    public bool Gated { get; init; }

    /// <summary>The columns of queries, with their gates, where there are such, keys and values together.</summary>
    public int Columns => ((Gated ? 2 : 1) * Heads + 2 * KeyValueHeads) * HeadSize;

    /// <inheritdoc />
    public override (int Heads, int Columns) HeadColumns => (Heads, Columns);

    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => OutputFirst ? [Output, .. Projections] : [.. Projections, Output];

    /// <summary>Whether the reference implementation registers the output projection before the others (Phi-3): the order of a run's keys.</summary>
    public bool OutputFirst { get; init; }

    /// <inheritdoc />
    public override IEnumerable<NormSpecification> Norms => new[] { QueryNorm, KeyNorm }.OfType<NormSpecification>();

    /// <inheritdoc />
    public override IEnumerable<ParameterSpecification> OtherParameters => new[] { Sinks }.OfType<ParameterSpecification>();

    /// <inheritdoc />
    public override IEnumerable<RotarySpecification> Rotaries => new[] { Rotary }.OfType<RotarySpecification>();

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups => [new LinearGroup(Projections), new LinearGroup([Output])];
}
