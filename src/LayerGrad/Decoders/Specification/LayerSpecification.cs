namespace LayerGrad.Decoders.Specification;

/// <summary>
/// A decoder layer: a mixer and a feed-forward, each with a norm before it, after it, both or none, added to the
/// residual stream one after the other or side by side. A layer may have one of the two alone.
/// </summary>
internal sealed record LayerSpecification
{
    /// <summary>The norm before the mixer, or null.</summary>
    public NormSpecification? MixerNorm { get; init; }

    /// <summary>The mixer, or null.</summary>
    public MixerSpecification? Mixer { get; init; }

    /// <summary>The norm after the mixer, before it is added to the residual stream, or null.</summary>
    public NormSpecification? MixerOutputNorm { get; init; }

    /// <summary>The norm before feed-forward; null where there is none, or, side by side, where the mixer's serves both.</summary>
    public NormSpecification? FeedForwardNorm { get; init; }

    /// <summary>Feed-forward, or null.</summary>
    public FeedForwardSpecification? FeedForward { get; init; }

    /// <summary>The norm after feed-forward, before it is added to the residual stream, or null.</summary>
    public NormSpecification? FeedForwardOutputNorm { get; init; }

    /// <summary>What the layer makes of an input of its own, after feed-forward (Gemma 4), or null.</summary>
    public PerLayerBranchSpecification? PerLayer { get; init; }

    /// <summary>The norm after that, before it is added to the residual stream, or null.</summary>
    public NormSpecification? PerLayerOutputNorm { get; init; }

    /// <summary>A stored number, never trained, that multiplies the layer's output, parts one after the other, or null.</summary>
    public ParameterSpecification? OutputScale { get; init; }

    /// <summary>Whether mixer and feed-forward both read the layer's input (GPT-J, GPT-NeoX) rather than one after the other.</summary>
    public bool ParallelResidual { get; init; }

    /// <summary>What multiplies mixer and feed-forward before they are added (Granite).</summary>
    public double ResidualScale { get; init; } = 1;

    /// <summary>Mixer, feed-forward and what is made of the layer's own input, as far as there are such.</summary>
    public IEnumerable<PartSpecification> Parts => new PartSpecification?[] { Mixer, FeedForward, PerLayer }.OfType<PartSpecification>();

    /// <summary>All linear layers, in the order of the checkpoint.</summary>
    public IEnumerable<LinearSpecification> Linears => Parts.SelectMany(part => part.Linears);

    /// <summary>The linear layers by the input that they read.</summary>
    public IEnumerable<LinearGroup> Groups => Parts.SelectMany(part => part.Groups);

    /// <summary>The elements of the linear weights that a token meets on average: of a mixture, its router, those experts that are chosen and the shared one.</summary>
    public double ActiveWeights => Groups.Sum(group => group.Share * group.Linears.Sum(linear => linear.Weight.Count));

    /// <summary>What can be measured, in the order of the checkpoint.</summary>
    public IEnumerable<LinearSpecification> Measurable => Parts.SelectMany(part => part.Measurable);

    /// <summary>All norms.</summary>
    public IEnumerable<NormSpecification> Norms =>
        new[] { MixerNorm, MixerOutputNorm, FeedForwardNorm, FeedForwardOutputNorm, PerLayerOutputNorm }.OfType<NormSpecification>().Concat(Parts.SelectMany(part => part.Norms));

    /// <summary>All parameters.</summary>
    public IEnumerable<ParameterSpecification> Parameters =>
    [
        .. Linears.SelectMany(linear => new[] { linear.Weight, linear.Bias }).OfType<ParameterSpecification>(),
        .. Norms.SelectMany(norm => norm.Parameters),
        .. Parts.SelectMany(part => part.OtherParameters),
        .. OutputScale is { } scale ? [scale] : Array.Empty<ParameterSpecification>(),
    ];

    /// <summary>The parameters that are no linear layer's weight, whose gradients are accumulated over a batch.</summary>
    public IEnumerable<ParameterSpecification> AccumulatedParameters =>
    [
        .. Linears.Select(linear => linear.Bias).OfType<ParameterSpecification>(),
        .. Norms.SelectMany(norm => norm.Parameters),
        .. Parts.SelectMany(part => part.OtherParameters),
    ];
}
