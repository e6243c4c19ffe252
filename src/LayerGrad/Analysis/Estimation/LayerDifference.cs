namespace LayerGrad.Analysis.Estimation;

/// <summary>The parts of a model's depth over which the original averages.</summary>
/// <param name="EarlyEnd">The first layer that is no longer early.</param>
/// <param name="LateStart">The first late layer.</param>
/// <param name="Depth">The number of layers.</param>
internal readonly record struct DepthParts(int EarlyEnd, int LateStart, int Depth)
{
    /// <summary>
    /// The parts for a depth: the original's own for 26 (7, 13, 6), 28 (7, 14, 7), 32 (10, 10, 12) and 42 layers (12, 18, 12); for any other
    /// depth L the rule that its 26 and 28 follow: ⌈L/4⌉ early, ⌊L/4⌋ late, the rest between them.
    /// </summary>
    /// <param name="depth">The number of layers.</param>
    public static DepthParts Of(int depth) => depth switch
    {
        32 => new(10, 20, 32),
        42 => new(12, 30, 42),
        _ => new((depth + 3) / 4, depth - (depth / 4), depth),
    };
}

/// <summary>How much a curve over the layers changes from layer to layer, and how far two curves lie apart: the original's MAD and RD.</summary>
internal static class LayerDifference
{
    /// <summary>In the original a curve value of exactly zero becomes this before it divides.</summary>
    private const double ZeroStandIn = 1e-10;

    /// <summary>Mean absolute difference between neighbouring layers; NaN for fewer than two. (<c>mean_absolute_difference</c>)</summary>
    /// <param name="curve">A value for each layer.</param>
    public static double MeanAbsolute(ReadOnlySpan<double> curve)
    {
        if (curve.Length < 2)
            return double.NaN;
        var sum = 0.0;
        for (var i = 1; i < curve.Length; i++)
            sum += Math.Abs(curve[i] - curve[i - 1]);
        return sum / (curve.Length - 1);
    }

    /// <summary>Mean over the layers of |a − b| / |a|. (<c>relative_difference</c>)</summary>
    /// <param name="curve">The curve a that is divided by.</param>
    /// <param name="against">The curve b, of the same length.</param>
    public static double Relative(ReadOnlySpan<double> curve, ReadOnlySpan<double> against)
    {
        var sum = 0.0;
        for (var i = 0; i < curve.Length; i++)
            sum += RelativeAt(curve[i], against[i]);
        return sum / curve.Length;
    }

    /// <summary>The layers where two curves differ most, relatively, largest first.</summary>
    /// <param name="curve">The curve a that is divided by.</param>
    /// <param name="against">The curve b, of the same length.</param>
    /// <param name="count">How many; the original takes 5.</param>
    public static int[] LargestRelative(ReadOnlySpan<double> curve, ReadOnlySpan<double> against, int count)
    {
        var differences = new double[curve.Length];
        for (var i = 0; i < curve.Length; i++)
            differences[i] = RelativeAt(curve[i], against[i]);
        return [.. Enumerable.Range(0, differences.Length).OrderByDescending(layer => differences[layer]).Take(count)];
    }

    private static double RelativeAt(double a, double b)
    {
        var divisor = a == 0 ? ZeroStandIn : a;
        return Math.Abs(divisor - b) / Math.Abs(divisor);
    }
}
