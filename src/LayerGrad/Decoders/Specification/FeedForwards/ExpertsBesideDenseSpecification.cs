namespace LayerGrad.Decoders.Specification;

/// <summary>
/// Feed-forward and a mixture of experts side by side on one input, each with norms of its own (Gemma 4): norm₁(dense(norm(x))) + norm₂(experts(x)), where the
/// mixture norms what its router and its experts read.
/// </summary>
/// <param name="DenseNorm">The norm before feed-forward.</param>
/// <param name="Dense">Feed-forward.</param>
/// <param name="DenseOutputNorm">The norm behind it.</param>
/// <param name="Experts">The mixture.</param>
/// <param name="ExpertsOutputNorm">The norm behind it.</param>
internal sealed record ExpertsBesideDenseSpecification(
    NormSpecification DenseNorm, DenseFeedForwardSpecification Dense, NormSpecification DenseOutputNorm,
    MixtureOfExpertsSpecification Experts, NormSpecification ExpertsOutputNorm) : FeedForwardSpecification
{
    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => [.. Dense.Linears, .. Experts.Linears];

    /// <inheritdoc />
    public override IEnumerable<NormSpecification> Norms => [DenseNorm, DenseOutputNorm, .. Experts.Norms, ExpertsOutputNorm];

    /// <inheritdoc />
    public override IEnumerable<ParameterSpecification> OtherParameters => [.. Dense.OtherParameters, .. Experts.OtherParameters];

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups => [.. Dense.Groups, .. Experts.Groups];
}
