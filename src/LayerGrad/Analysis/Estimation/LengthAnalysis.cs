using LayerGrad.Analysis.Output;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis.Estimation;

/// <summary>Length control for every two sets of a comparison.</summary>
internal static class LengthAnalysis
{
    /// <summary>The name under which the mean over the projections stands.</summary>
    public const string AllProjections = "all";

    /// <summary>Controls the difference of every two runs with token counts; none where the metric has no logarithm.</summary>
    public static IEnumerable<LengthResult> Of(ComparedRuns runs, Metric metric)
    {
        if (!metric.IsPositive)
            return [];
        var levels = Enumerable.Range(0, runs.Runs).Select(set => WithMean(runs.LogLevels(set, metric))).ToArray();
        return
            from set in Enumerable.Range(0, runs.Runs)
            from reference in Enumerable.Range(set + 1, runs.Runs - set - 1)
            where runs.Tables[set].HasTokens && runs.Tables[reference].HasTokens
            from result in OfPair(runs, metric, set, reference, levels)
            select result;
    }

    private static LengthResult[] OfPair(ComparedRuns runs, Metric metric, int set, int reference, double[][][] levels)
    {
        var (a, b) = (runs.Tables[set], runs.Tables[reference]);
        LengthControl[] controls = [.. levels[set].Select((level, i) =>
            new LengthControl(level, a.ResponseTokens.Span, levels[reference][i], b.ResponseTokens.Span))];
        var replicates = controls.Select(_ => new double[4][]).ToArray();
        foreach (var four in replicates)
        {
            for (var i = 0; i < four.Length; i++)
                four[i] = new double[runs.Resampling.Replicates];
        }

        Parallel.For(0, runs.Resampling.Replicates, replicate =>
        {
            var (weights, referenceWeights) = (new double[a.Count], new double[b.Count]);
            runs.Resampling.Draw(set, replicate, weights);
            runs.Resampling.Draw(reference, replicate, referenceWeights);
            for (var i = 0; i < controls.Length; i++)
            {
                var four = replicates[i];
                (four[0][replicate], four[1][replicate], four[2][replicate], four[3][replicate]) = controls[i].Differences(weights, referenceWeights);
            }
        });

        string[] names = [.. a.Projections, AllProjections];
        var (ones, referenceOnes) = (Ones(a.Count), Ones(b.Count));
        return [.. controls.Select((control, i) =>
        {
            var (raw, matched, regression, slope) = control.Differences(ones, referenceOnes);
            var rawRatio = Ratio(raw, replicates[i][0]);
            var matchedRatio = Ratio(matched, replicates[i][1]);
            var regressionRatio = Ratio(regression, replicates[i][2]);
            return new LengthResult(
                runs.Labels[set],
                runs.Labels[reference],
                metric,
                names[i],
                rawRatio,
                matchedRatio,
                control.MatchedSet,
                control.MatchedReference,
                regressionRatio,
                Estimate.Percentile(slope, replicates[i][3]),
                Warning(rawRatio, matchedRatio, regressionRatio));
        })];
    }

    /// <summary>Adds the mean over the projections, where every projection is defined.</summary>
    private static double[][] WithMean(double[][] levels)
    {
        var mean = new double[levels[0].Length];
        foreach (var projection in levels)
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(projection, 1.0 / levels.Length, mean, mean);
        return [.. levels, mean];
    }

    private static Estimate Ratio(double logRatio, double[] replicates) => Estimate.Percentile(logRatio, replicates).Map(Math.Exp);

    /// <summary>Says where a difference that stands out raw does not stand out, or turns round, once length is held equal.</summary>
    private static string? Warning(Estimate raw, Estimate matched, Estimate regression)
    {
        if (Direction(raw) == 0)
            return null;
        var controlled = matched.IsDefined ? matched : regression;
        if (!controlled.IsDefined || Direction(controlled) == Direction(raw))
            return null;
        var how = matched.IsDefined ? "within equal length" : "by regression (the sets hardly overlap in length, so it extrapolates)";
        var numbers = $"raw ratio {NumberText.Of(raw)}, {how} {NumberText.Of(controlled)}";
        return Direction(controlled) == 0
            ? $"length may explain the difference: {numbers}"
            : $"the difference turns round at equal length: {numbers}";
    }

    private static int Direction(Estimate ratio) => ratio.IsAbove(1) ? 1 : ratio.IsBelow(1) ? -1 : 0;

    private static double[] Ones(int count)
    {
        var ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
