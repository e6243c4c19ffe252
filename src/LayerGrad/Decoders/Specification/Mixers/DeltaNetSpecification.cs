using LayerGrad.Compute;

namespace LayerGrad.Decoders.Specification;

/// <summary>
/// Gated DeltaNet (Yang et al. 2024, arXiv 2412.06464) as Qwen3-Next and Qwen3.5 have it: queries, keys and values through a short causal convolution, the gated
/// delta rule, and a norm of each head that a gate multiplies.
/// </summary>
internal sealed record DeltaNetSpecification : MixerSpecification
{
    /// <summary>
    /// What reads the input: the layers that give queries, keys and values, the gates z, the rates b and the decays a; or with
    /// <see cref="GroupedByKeyHead"/> the layer that gives the first four parts and the one that gives the last two.
    /// </summary>
    public required IReadOnlyList<LinearSpecification> Projections { get; init; }

    /// <summary>
    /// Whether the outputs of the projections are grouped by key head (Qwen3-Next): for each its query, its key, the values of its value heads and their
    /// gates; and the rates of its value heads and their decays.
    /// </summary>
    public bool GroupedByKeyHead { get; init; }

    /// <summary>The output projection.</summary>
    public required LinearSpecification Output { get; init; }

    /// <summary>Whether the reference implementation registers the output projection before the others: the order of a run's keys.</summary>
    public bool OutputFirst { get; init; }

    /// <summary>The convolution's taps, (queries, keys and values) x taps.</summary>
    public required ParameterSpecification Taps { get; init; }

    /// <summary>The activation function behind the convolution.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>The logarithm of each value head's rate of decay, 1 x value heads.</summary>
    public required ParameterSpecification LogRate { get; init; }

    /// <summary>What is added to the decays before softplus, 1 x value heads.</summary>
    public required ParameterSpecification DecayBias { get; init; }

    /// <summary>The norm of each value head's output.</summary>
    public required NormSpecification Norm { get; init; }

    /// <summary>The heads of queries and keys, each for as many neighbouring value heads as the others.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>The heads of values.</summary>
    public required int ValueHeads { get; init; }

    /// <summary>The columns of a query or key.</summary>
    public required int KeySize { get; init; }

    /// <summary>The columns of a value.</summary>
    public required int ValueSize { get; init; }

    /// <summary>The columns of all keys.</summary>
    public int KeyColumns => KeyHeads * KeySize;

    /// <summary>The columns of all values.</summary>
    public int ValueColumns => ValueHeads * ValueSize;

    /// <summary>The columns that the convolution passes over: queries, keys and values.</summary>
    public int MixedColumns => (2 * KeyColumns) + ValueColumns;

    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => OutputFirst ? [Output, .. Projections] : [.. Projections, Output];

    /// <inheritdoc />
    public override IEnumerable<NormSpecification> Norms => [Norm];

    /// <inheritdoc />
    public override IEnumerable<ParameterSpecification> OtherParameters => [Taps, LogRate, DecayBias];

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups => [new LinearGroup(Projections), new LinearGroup([Output])];

    /// <inheritdoc />
    public override (int Heads, int Columns) HeadColumns => (ValueHeads, ValueHeads * 2 * (KeySize + ValueSize));

    /// <inheritdoc />
    public override IEnumerable<(int Key, int Value)> StateSizes => [(KeySize, ValueSize)];
}
