using LayerGrad.Analysis.Estimation;
using LayerGrad.Analysis.Noise;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis;

/// <summary>Compares runs: curves with intervals, differences between layers and between sets, length control, and the papers' claims.</summary>
internal static class Comparison
{
    /// <summary>Below this many examples a bootstrap interval is known to be too narrow, and no claim is decided.</summary>
    internal const int FewExamples = 10;

    private const int TopLayers = 5;

    /// <summary>Compares runs.</summary>
    /// <param name="options">The runs and how to compare them.</param>
    /// <returns>Every number with its interval; the same for the same options on any machine and any number of threads.</returns>
    /// <exception cref="InputException">A run cannot be read, or the runs do not go together.</exception>
    public static ComparisonResult Create(ComparisonOptions options)
    {
        if (options.Metrics.Count == 0)
            options = options with { Metrics = [Metric.NuclearNorm] };
        var runs = new ComparedRuns(options);
        var metrics = options.Metrics.Distinct().ToArray();
        var perMetric = metrics.Select(metric => OfMetric(runs, metric)).ToArray();
        SetResult[] sets = [.. Enumerable.Range(0, runs.Tables.Length).Select(set => OfSet(runs, set, [.. perMetric.Select(of => of.Sets[set])]))];
        SeparationResult[] separations = [.. perMetric.SelectMany(of => of.Separations)];
        LengthResult[] lengths = [.. perMetric.SelectMany(of => of.Lengths)];
        (string Set, NoiseResult Noise)[] noises = [.. sets.Select(set => (set.Label, Noise: KernelNoise.Beside(set.Path, options.Bootstrap, options.Seed, options.Step))).Where(one => one.Noise is not null).Select(one => (one.Label, one.Noise!))];
        return new ComparisonResult(
            sets,
            [.. perMetric.SelectMany(of => of.Differences)],
            separations,
            lengths,
            Findings.Of(runs, LengthsOf(runs, lengths)),
            [.. Notes.Of(runs, sets, metrics), .. noises.SelectMany(one => one.Noise.Notes.Select(note => $"{one.Set}: {note}."))],
            options.Bootstrap,
            options.Seed,
            options.Step)
        {
            Noises = noises,
        };
    }

    /// <summary>The mean absolute differences of a projection's curve, with their intervals.</summary>
    internal static MadResult Mad(MeanCurves curves, int projection)
    {
        var parts = DepthParts.Of(curves.Curve(projection).Length);
        return new MadResult(
            curves.Estimate(projection, curve => LayerDifference.MeanAbsolute(curve[..parts.EarlyEnd])),
            curves.Estimate(projection, curve => LayerDifference.MeanAbsolute(curve[parts.EarlyEnd..parts.LateStart])),
            curves.Estimate(projection, curve => LayerDifference.MeanAbsolute(curve[parts.LateStart..])),
            curves.Estimate(projection, LayerDifference.MeanAbsolute));
    }

    private static (MetricResult[] Sets, RelativeDifferenceResult[] Differences, SeparationResult[] Separations, LengthResult[] Lengths) OfMetric(
        ComparedRuns runs, Metric metric)
    {
        MetricResult[] sets = [.. Enumerable.Range(0, runs.Tables.Length).Select(set => OfCurves(runs, metric, runs.Curves(set, metric), set))];
        RelativeDifferenceResult[] differences = [.. runs.Pairs.SelectMany(pair => Difference(runs, pair, metric))];
        SeparationResult[] separations = [.. runs.Pairs.Where(pair => !pair.SameOutputs).Select(pair => runs.Separation(pair, metric).Result)];
        LengthResult[] lengths = [.. LengthAnalysis.Of(runs, metric)];
        runs.Forget(metric);
        return (sets, differences, separations, lengths);
    }

    /// <summary>The findings are about the nuclear norm, whatever metric is reported.</summary>
    private static IReadOnlyList<LengthResult> LengthsOf(ComparedRuns runs, LengthResult[] lengths) =>
        runs.Options.Metrics.Contains(Metric.NuclearNorm) || !runs.AllHave(Metric.NuclearNorm)
            ? lengths
            : [.. LengthAnalysis.Of(runs, Metric.NuclearNorm)];

    private static SetResult OfSet(ComparedRuns runs, int set, MetricResult[] metrics)
    {
        var table = runs.Tables[set];
        return new SetResult(
            runs.Labels[set],
            table.Path,
            runs.Roles[set],
            set >= runs.Runs,
            table.Count,
            table.Skipped.Count,
            table.BadLines.Count,
            table.Layers,
            runs.Mean(set, table.Loss),
            table.HasTokens ? runs.Mean(set, table.ResponseTokens) : Estimate.None,
            metrics)
        {
            LossExcluded = table.Count - Enumerable.Range(0, table.Count).Count(i => double.IsFinite(table.Loss.Span[i])),
            ThinkingTokens = table.ThinkingTokens.Span.ContainsAnyExcept(0.0) ? runs.Mean(set, table.ThinkingTokens) : null,
            Unfinished = RunProgress.OfUnfinished(table.Path),
        };
    }

    private static MetricResult OfCurves(ComparedRuns runs, Metric metric, MeanCurves curves, int set)
    {
        var projections = runs.Tables[set].Projections.Select((name, projection) => new ProjectionResult(
            name,
            curves.Examples[projection],
            runs.Tables[set].Count - curves.Examples[projection],
            [.. Enumerable.Range(0, runs.Tables[set].Layers).Select(layer => curves.Estimate(projection, curve => curve[layer]))],
            curves.Estimate(projection, curve => System.Numerics.Tensors.TensorPrimitives.Average(curve)),
            Mad(curves, projection)));
        return new MetricResult(metric, [.. projections]);
    }

    private static IEnumerable<RelativeDifferenceResult> Difference(ComparedRuns runs, RunPair pair, Metric metric)
    {
        var (a, b) = (runs.Curves(pair.Set, metric), runs.Curves(pair.AgainstSet, metric));
        var chance = RelativeDifferenceByChance.Of(pair, metric, a.Complete, b.Complete, runs.Resampling.Replicates, runs.Options.Seed);
        for (var projection = 0; projection < a.Projections; projection++)
        {
            var replicates = new double[a.Replicates];
            for (var replicate = 0; replicate < replicates.Length; replicate++)
                replicates[replicate] = LayerDifference.Relative(a.Curve(projection, replicate), b.Curve(projection, replicate));
            yield return new RelativeDifferenceResult(
                runs.Labels[pair.Set],
                runs.Labels[pair.AgainstSet],
                metric,
                pair.Run.Projections[projection],
                Estimate.Percentile(LayerDifference.Relative(a.Curve(projection), b.Curve(projection)), replicates),
                chance[projection],
                LayerDifference.LargestRelative(a.Curve(projection), b.Curve(projection), TopLayers));
        }
    }
}
