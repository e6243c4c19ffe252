namespace LayerGrad.Analysis.Agreement;

/// <summary>What a set says of itself.</summary>
/// <param name="SquaredNorm">The unbiased estimate of the squared norm of its expected gradient. It may be negative.</param>
/// <param name="Reliability">
/// The cosine that the mean gradients of two such sets, drawn independently of the same kind, come to: that estimate over the squared norm of the mean gradient.
/// Near 1 the mean gradient is signal, near 0 it is noise.
/// </param>
/// <param name="Share">The share of its examples whose gradient has a positive product with the mean gradient of the others.</param>
internal sealed record SetAgreement(Estimate SquaredNorm, Estimate Reliability, Estimate Share)
{
    /// <summary>Whether the expected gradient is told from zero.</summary>
    public bool IsResolved => SquaredNorm.IsAbove(0);
}
