namespace LayerGrad.Decoders.Specification;

/// <summary>
/// A decoder layer: attention and feed-forward, each with a norm before it, after it, both or none, added to the
/// residual stream one after the other or side by side.
/// </summary>
public sealed record LayerSpecification
{
    /// <summary>The norm before attention, or null.</summary>
    public NormSpecification? AttentionNorm { get; init; }

    /// <summary>Attention.</summary>
    public required AttentionSpecification Attention { get; init; }

    /// <summary>The norm after attention, before it is added to the residual stream, or null.</summary>
    public NormSpecification? AttentionOutputNorm { get; init; }

    /// <summary>The norm before feed-forward; null where there is none, or, side by side, where attention's serves both.</summary>
    public NormSpecification? FeedForwardNorm { get; init; }

    /// <summary>Feed-forward.</summary>
    public required FeedForwardSpecification FeedForward { get; init; }

    /// <summary>The norm after feed-forward, before it is added to the residual stream, or null.</summary>
    public NormSpecification? FeedForwardOutputNorm { get; init; }

    /// <summary>Whether attention and feed-forward both read the layer's input (GPT-J, GPT-NeoX) rather than one after the other.</summary>
    public bool ParallelResidual { get; init; }

    /// <summary>What multiplies attention and feed-forward before they are added (Granite).</summary>
    public double ResidualScale { get; init; } = 1;

    /// <summary>All linear layers, in the order of the checkpoint.</summary>
    public IEnumerable<LinearSpecification> Linears => [.. Attention.Linears, .. FeedForward.Linears];

    /// <summary>The elements of the linear weights that a token meets: of a mixture, its router and those experts that are chosen.</summary>
    public long ActiveWeights => Attention.Linears.Sum(linear => linear.Weight.Count) + FeedForward switch
    {
        MixtureOfExpertsSpecification mixture =>
            mixture.Router.Weight.Count + mixture.ExpertsPerToken * mixture.Experts[0].Linears.Sum(linear => linear.Weight.Count),
        { } dense => dense.Linears.Sum(linear => linear.Weight.Count),
    };

    /// <summary>What can be measured: all linear layers, and attention's norms whose weights are matrices, in the order of the checkpoint.</summary>
    public IEnumerable<LinearSpecification> Measurable =>
        [.. Attention.Linears, .. Attention.Norms.Select(norm => norm.MeasuredWeight).OfType<LinearSpecification>(), .. FeedForward.Linears];

    /// <summary>All norms.</summary>
    public IEnumerable<NormSpecification> Norms =>
        new[] { AttentionNorm, AttentionOutputNorm, FeedForwardNorm, FeedForwardOutputNorm }.OfType<NormSpecification>().Concat(Attention.Norms);

    /// <summary>All parameters.</summary>
    public IEnumerable<ParameterSpecification> Parameters =>
        Linears.SelectMany(linear => new[] { linear.Weight, linear.Bias }).OfType<ParameterSpecification>()
            .Concat(FeedForward.OtherParameters).Concat(Norms.SelectMany(norm => norm.Parameters));
}
