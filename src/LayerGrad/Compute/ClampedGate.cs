namespace LayerGrad.Compute;

/// <summary>The settings of <see cref="Device{T}.ClampedSwiglu"/>.</summary>
/// <param name="Limit">Gates are at most this, ups within ± this; above 0.</param>
/// <param name="Slope">What multiplies the gate within the logistic function (gpt-oss: 1.702).</param>
internal readonly record struct ClampedGate(double Limit, double Slope);
