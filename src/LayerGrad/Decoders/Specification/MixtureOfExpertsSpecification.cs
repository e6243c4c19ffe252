namespace LayerGrad.Decoders.Specification;

/// <summary>A sparse mixture of experts (Shazeer et al. 2017, arXiv 1701.06538): each token goes through the few experts that the router scores highest.</summary>
/// <param name="Router">The linear layer that scores the experts.</param>
/// <param name="Experts">The experts.</param>
/// <param name="ExpertsPerToken">How many experts a token goes through.</param>
/// <param name="Renormalize">Whether the chosen experts' probabilities are made to sum to one.</param>
public sealed record MixtureOfExpertsSpecification(
    LinearSpecification Router, IReadOnlyList<DenseFeedForwardSpecification> Experts, int ExpertsPerToken, bool Renormalize) : FeedForwardSpecification
{
    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => [Router, .. Experts.SelectMany(expert => expert.Linears)];

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups =>
        [new LinearGroup([Router]), .. Experts.SelectMany(expert => expert.Groups).Select(group => group with { Share = (double)ExpertsPerToken / Experts.Count })];
}
