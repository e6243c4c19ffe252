namespace LayerGrad.Analysis.Estimation;

/// <summary>
/// Numbers over a set's whole model, for the findings: ratios between two sets or two parts of the depth, as the geometric mean over the projections,
/// so that a projection with large gradients counts no more than one with small ones.
/// </summary>
internal static class SetRatios
{
    /// <summary>The ratio of a statistic of two sets' mean curves; paired where the sets share examples.</summary>
    public static Estimate Between(MeanCurves a, MeanCurves b, Func<ReadOnlySpan<double>, double> statistic) =>
        GeometricMean(a.Projections, a.Replicates, (projection, replicate) => statistic(At(a, projection, replicate)) / statistic(At(b, projection, replicate)));

    /// <summary>A ratio within one set's mean curves.</summary>
    public static Estimate Within(MeanCurves curves, Func<ReadOnlySpan<double>, double> ratio) =>
        GeometricMean(curves.Projections, curves.Replicates, (projection, replicate) => ratio(At(curves, projection, replicate)));

    /// <summary>Mean of a curve over the layers.</summary>
    public static double Level(ReadOnlySpan<double> curve) => System.Numerics.Tensors.TensorPrimitives.Average(curve);

    /// <summary>MAD of a curve divided by its level: how uneven it is, whatever its scale.</summary>
    public static double Unevenness(ReadOnlySpan<double> curve) => LayerDifference.MeanAbsolute(curve) / Level(curve);

    /// <summary>The early layers' level over the larger of the middle and the late layers'.</summary>
    public static double EarlyOverRest(ReadOnlySpan<double> curve)
    {
        var parts = DepthParts.Of(curve.Length);
        if (parts.EarlyEnd == 0 || parts.LateStart == parts.Depth || parts.EarlyEnd == parts.LateStart)
            return double.NaN;
        return Level(curve[..parts.EarlyEnd]) / Math.Max(Level(curve[parts.EarlyEnd..parts.LateStart]), Level(curve[parts.LateStart..]));
    }

    /// <summary>A replicate's curve, or with −1 the examples' own.</summary>
    private static ReadOnlySpan<double> At(MeanCurves curves, int projection, int replicate) =>
        replicate < 0 ? curves.Curve(projection) : curves.Curve(projection, replicate);

    private static Estimate GeometricMean(int projections, int replicates, Func<int, int, double> ratio)
    {
        var values = new double[replicates];
        for (var replicate = 0; replicate < replicates; replicate++)
            values[replicate] = Of(replicate);
        return Estimate.Percentile(Of(-1), values);

        double Of(int replicate)
        {
            var sum = 0.0;
            for (var projection = 0; projection < projections; projection++)
                sum += Math.Log(ratio(projection, replicate));
            return Math.Exp(sum / projections);
        }
    }
}
