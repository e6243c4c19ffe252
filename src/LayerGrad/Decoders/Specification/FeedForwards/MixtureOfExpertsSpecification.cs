namespace LayerGrad.Decoders.Specification;

/// <summary>
/// A sparse mixture of experts (Shazeer et al. 2017, arXiv 1701.06538): each token goes through the few experts that the router scores highest, and
/// through a shared one where there is one.
/// </summary>
/// <param name="Router">The linear layer whose outputs are the experts' logits.</param>
/// <param name="Experts">The experts.</param>
/// <param name="Routing">How experts are chosen and weighed.</param>
internal sealed record MixtureOfExpertsSpecification(
    LinearSpecification Router, IReadOnlyList<DenseFeedForwardSpecification> Experts, RoutingSpecification Routing) : FeedForwardSpecification
{
    /// <summary>The expert that all tokens go through, or null.</summary>
    public SharedExpertSpecification? Shared { get; init; }

    /// <summary>The norm of what the router reads, or null where it reads the input itself.</summary>
    public NormSpecification? RouterNorm { get; init; }

    /// <summary>What multiplies what the router reads.</summary>
    public double RouterScale { get; init; } = 1;

    /// <summary>The norm of what the experts read, or null where they read the input itself.</summary>
    public NormSpecification? ExpertNorm { get; init; }

    /// <summary>A number for each expert that multiplies its weight, 1 x experts, or null.</summary>
    public ParameterSpecification? ExpertScales { get; init; }

    /// <inheritdoc />
    public override IEnumerable<NormSpecification> Norms => new[] { RouterNorm, ExpertNorm }.OfType<NormSpecification>();

    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears =>
        [Router, .. Experts.SelectMany(expert => expert.Linears), .. Shared?.Linears ?? []];

    /// <inheritdoc />
    public override IEnumerable<ParameterSpecification> OtherParameters => new[] { Routing.CorrectionBias, ExpertScales }.OfType<ParameterSpecification>();

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups =>
    [
        new LinearGroup([Router]),
        .. Experts.SelectMany(expert => expert.Groups).Select(group => group with { Share = (double)Routing.ExpertsPerToken / Experts.Count }),
        .. Shared?.Groups ?? [],
    ];
}
