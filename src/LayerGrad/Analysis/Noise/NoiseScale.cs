using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Analysis.Noise;

/// <summary>
/// The gradient noise scale of some weights (McCandlish et al. 2018, "An Empirical Model of Large-Batch Training", arXiv 1812.06162, equation 2.9
/// and appendix A.1) with what it is made from, each with its bootstrap interval over the examples.
/// </summary>
/// <param name="SquaredNorm">The unbiased estimate of ‖g‖², with g the mean of the gradients of all examples of the kind. It may be negative.</param>
/// <param name="Trace">The unbiased estimate of tr Σ, with Σ the covariance of the gradient of one example.</param>
/// <param name="Scale">B = tr Σ / ‖g‖², in examples; no number where <see cref="IsResolved"/> is false.</param>
internal sealed record NoiseScale(Estimate SquaredNorm, Estimate Trace, Estimate Scale)
{
    /// <summary>Whether ‖g‖² lies above zero with its whole interval: where it does not, the examples do not tell how large B is.</summary>
    public bool IsResolved => SquaredNorm.IsAbove(0);

    /// <summary>The scale as a figure draws it: an interval that is open upwards ends where the others end.</summary>
    /// <param name="largest">The largest number that is drawn.</param>
    internal Estimate Drawable(double largest) => double.IsPositiveInfinity(Scale.High) ? new Estimate(Scale.Value, Scale.Low, largest) : Scale;
}
