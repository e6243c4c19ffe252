using LayerGrad.Compute;

namespace LayerGrad.Decoders.Specification;

/// <summary>
/// Multi-head latent attention (DeepSeek-AI 2024, arXiv 2405.04434): queries, and keys and values, each come out of a normed latent of few columns. A head's
/// query and key consist of columns that are not turned and of columns that are; the turned part of the key is one for all heads.
/// </summary>
internal sealed record LatentAttentionSpecification : MixerSpecification
{
    /// <summary>Makes the latent of the queries, or null where they come from the input itself.</summary>
    public LinearSpecification? QueryDown { get; init; }

    /// <summary>The norm of the queries' latent; null where there is no such latent.</summary>
    public NormSpecification? QueryNorm { get; init; }

    /// <summary>Makes the queries, for each head those columns that are not turned and then those that are.</summary>
    public required LinearSpecification Query { get; init; }

    /// <summary>Makes the latent of keys and values, and behind it the turned part of the key.</summary>
    public required LinearSpecification KeyValueDown { get; init; }

    /// <summary>The norm of the latent of keys and values.</summary>
    public required NormSpecification KeyValueNorm { get; init; }

    /// <summary>Makes keys and values of their latent, for each head the key's columns that are not turned and then the value.</summary>
    public required LinearSpecification KeyValue { get; init; }

    /// <summary>The output projection.</summary>
    public required LinearSpecification Output { get; init; }

    /// <summary>The number of heads.</summary>
    public required int Heads { get; init; }

    /// <summary>The columns of a query or key that are not turned.</summary>
    public required int PlainSize { get; init; }

    /// <summary>The columns of a query or key that are turned.</summary>
    public required int RotarySize { get; init; }

    /// <summary>The columns of a value.</summary>
    public required int ValueSize { get; init; }

    /// <summary>The rotary embedding, of <see cref="RotarySize"/> columns.</summary>
    public required RotarySpecification Rotary { get; init; }

    /// <summary>What multiplies the queries by their position, after they are turned, or null.</summary>
    public PositionScale? QueryScale { get; init; }

    /// <summary>The scale of the scores.</summary>
    public required AttentionShape Shape { get; init; }

    /// <summary>The columns of a query or key.</summary>
    public int HeadSize => PlainSize + RotarySize;

    /// <inheritdoc />
    public override (int Heads, int Columns) HeadColumns => (Heads, Heads * ((2 * HeadSize) + ValueSize));

    /// <summary>What reads the layer's input: the latent of the queries or the queries, and that of keys and values.</summary>
    public IReadOnlyList<LinearSpecification> First => [QueryDown ?? Query, KeyValueDown];

    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => new[] { QueryDown, Query, KeyValueDown, KeyValue, Output }.OfType<LinearSpecification>();

    /// <inheritdoc />
    public override IEnumerable<NormSpecification> Norms => new[] { QueryNorm, KeyValueNorm }.OfType<NormSpecification>();

    /// <inheritdoc />
    public override IEnumerable<RotarySpecification> Rotaries => [Rotary];

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups =>
    [
        new LinearGroup(First),
        .. QueryDown is null ? Array.Empty<LinearGroup>() : [new LinearGroup([Query])],
        new LinearGroup([KeyValue]),
        new LinearGroup([Output]),
    ];
}
