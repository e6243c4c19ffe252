namespace LayerGrad.Analysis.Agreement;

/// <summary>How the mean gradients of two sets lie to each other.</summary>
/// <param name="First">A set's place.</param>
/// <param name="Second">The other's.</param>
/// <param name="Cosine">The cosine between the two mean gradients. Noise in either draws it towards zero.</param>
/// <param name="Corrected">
/// The cosine between the expected gradients, from unbiased estimates of the product and of both squared norms; no number where one of these is not above zero within its
/// interval. As an estimate it may lie beyond 1.
/// </param>
/// <param name="ShareOfFirst">The share of the first set's examples whose gradient has a positive product with the second's mean gradient.</param>
/// <param name="ShareOfSecond">The same of the second set's examples and the first's mean gradient.</param>
internal sealed record PairAgreement(int First, int Second, Estimate Cosine, Estimate Corrected, Estimate ShareOfFirst, Estimate ShareOfSecond)
{
    /// <summary>Whether both expected gradients are told from zero.</summary>
    public bool IsResolved => Corrected.IsDefined;
}
