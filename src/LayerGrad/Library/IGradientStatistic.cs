namespace LayerGrad;

/// <summary>A statistic of one's own: one number of each gradient, from its other statistics, its singular values, or its factors.</summary>
public interface IGradientStatistic
{
    /// <summary>The name under which <see cref="MeasuredGradient.this[string]"/> finds it; none of LayerGrad's own.</summary>
    string Name { get; }

    /// <summary>Whether <see cref="Compute"/> reads <see cref="MeasuredGradient.Factors"/> of a weight; they are then kept until it has returned.</summary>
    /// <param name="weight">The weight's full name.</param>
    bool NeedsFactors(string weight) => false;

    /// <summary>The number.</summary>
    /// <param name="gradient">The gradient of one weight for one example; never one that is unresolved.</param>
    double Compute(MeasuredGradient gradient);
}
