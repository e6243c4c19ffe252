namespace LayerGrad.Decoders.Specification;

/// <summary>
/// How a router's scores become the experts of a token and their weights. With l the router's logits, s = softmax(l) or σ(l) and the correction
/// bias b, a token goes through the experts with the largest s + b, and the weight of each is
/// <code>
/// w = scale · s,   or renormalized   w = scale · s / max(Σ s + offset, least),   Σ over the chosen experts
/// </code>
/// </summary>
/// <param name="ExpertsPerToken">How many experts a token goes through.</param>
internal sealed record RoutingSpecification(int ExpertsPerToken)
{
    /// <summary>What makes scores of logits.</summary>
    public RouterScore Score { get; init; } = RouterScore.Softmax;

    /// <summary>Whether the chosen experts' scores are divided by their sum.</summary>
    public bool Renormalize { get; init; }

    /// <summary>What is added to that sum (DeepSeek V3: 1e-20).</summary>
    public double SumOffset { get; init; }

    /// <summary>The least that is divided by (ERNIE 4.5: <c>moe_norm_min</c>).</summary>
    public double LeastSum { get; init; }

    /// <summary>What multiplies the weights (<c>routed_scaling_factor</c>).</summary>
    public double Scale { get; init; } = 1;

    /// <summary>
    /// What is added to the scores for the choice alone, so that it has no gradient (Wang et al. 2024, arXiv 2408.15664); null where there is none.
    /// </summary>
    public ParameterSpecification? CorrectionBias { get; init; }

    /// <summary>The groups of experts of which a token first chooses some; null where it chooses among all experts.</summary>
    public ExpertGroups? Groups { get; init; }
}
