using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Analysis.Estimation;

/// <summary>The areas under the curve of a metric for a pair of runs: every projection and layer, the best of them, and loss and length for measure.</summary>
internal static class SeparationAnalysis
{
    /// <summary>Judges a metric on a pair's examples whose outputs differ.</summary>
    /// <returns>The areas, and the bootstrap replicates of the best layer's area on examples that did not choose it.</returns>
    public static (SeparationResult Result, double[] OutOfBag) Of(ComparedRuns runs, RunPair pair, Metric metric)
    {
        var (a, b) = (runs.Curves(pair.Set, metric), runs.Curves(pair.AgainstSet, metric));
        var separation = new Separation(pair);
        var layers = pair.Run.Layers;
        var (values, againstValues) = (new double[pair.Run.Count], new double[pair.Against.Count]);
        for (var projection = 0; projection < a.Projections; projection++)
        {
            for (var layer = 0; layer < layers; layer++)
            {
                ReadMasked(pair.Run, metric, projection, layer, a.Complete[projection], values);
                ReadMasked(pair.Against, metric, projection, layer, b.Complete[projection], againstValues);
                separation.Add(values, againstValues);
            }
        }

        var columns = a.Projections * layers;
        separation.Add(pair.Run.Loss.Span, pair.Against.Loss.Span);
        separation.Add(pair.Run.ResponseTokens.Span, pair.Against.ResponseTokens.Span);
        var areas = separation.Areas();
        var (replicates, outOfBag) = separation.Replicate(runs.Resampling, columns);
        Estimate[] estimates = [.. areas.Select((area, column) => Estimate.Percentile(area, replicates[column]))];
        var best = Separation.Best(column => areas[column], columns);
        var result = new SeparationResult(
            runs.Labels[pair.Set],
            runs.Labels[pair.AgainstSet],
            metric,
            pair.Different.Length,
            pair.Matched.Length - pair.Different.Length,
            [.. pair.Run.Projections.Select((name, projection) => new ProjectionSeparation(name, estimates[(projection * layers)..((projection + 1) * layers)]))],
            new BestLayer(pair.Run.Projections[best / layers], best % layers, estimates[best]),
            Estimate.Percentile(MeanOf(outOfBag), (double[])outOfBag.Clone()),
            estimates[columns],
            estimates[columns + 1]);
        return (result, outOfBag);
    }

    private static double MeanOf(double[] replicates)
    {
        var defined = Array.FindAll(replicates, value => !double.IsNaN(value));
        return defined.Length * 2 < replicates.Length ? double.NaN : defined.Average();
    }

    private static void ReadMasked(RunTable run, Metric metric, int projection, int layer, bool[] complete, double[] values)
    {
        run.Read(metric, projection, layer, values);
        for (var i = 0; i < values.Length; i++)
            values[i] = complete[i] ? values[i] : double.NaN;
    }
}
