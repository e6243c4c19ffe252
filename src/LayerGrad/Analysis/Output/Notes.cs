using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using Keys = LayerGrad.Runs.RunKeys.Metadata;

namespace LayerGrad.Analysis.Output;

/// <summary>What a reader must know beside the numbers.</summary>
internal static class Notes
{
    /// <summary>Options of a measurement that change its numbers, with what one that a run's metadata leave out stands for.</summary>
    private static readonly (string Key, string? LeftOut)[] s_measurementOptions =
    [
        (Keys.Protocol, null), (Keys.Chat, null), (Keys.MaxLength, null), (Keys.TokenizerRules, null), (RunKeys.Precision, null),
        (Keys.Turns, AssistantTurns.Last.NameOf()), (Keys.MaskThinking, ThinkingMask.Keep.NameOf()),
    ];

    /// <summary>The notes of a comparison.</summary>
    public static IReadOnlyList<string> Of(ComparedRuns runs, IReadOnlyList<SetResult> sets, IReadOnlyList<Metric> metrics) =>
    [
        .. sets.SelectMany(OfSet),
        .. runs.Pairs.SelectMany(pair => OfPair(runs, pair)),
        .. OfLength(runs, metrics),
        .. OfMeasurement(runs),
    ];

    /// <summary>Where runs were measured differently, a difference between them may come from that.</summary>
    private static IEnumerable<string> OfMeasurement(ComparedRuns runs) =>
        from option in s_measurementOptions
        let values = runs.Tables
            .Select((table, set) => (Value: table.Metadata is { } run ? run.Option(option.Key) ?? option.LeftOut : null, Label: runs.Labels[set]))
            .Where(run => run.Value is not null)
            .GroupBy(run => run.Value!, run => run.Label, StringComparer.Ordinal)
            .ToArray()
        where values.Length > 1
        select $"Measured under different {option.Key}: {string.Join("; ", values.Select(value => $"{value.Key} ({string.Join(", ", value)})"))}. "
            + "Differences between them may come from that.";

    private static IEnumerable<string> OfSet(SetResult set)
    {
        if (set.Examples < Comparison.FewExamples)
            yield return $"{set.Label}: {set.Examples} examples are too few for an interval to be trusted; no claim is decided on them.";
        if (set.Unfinished is { } progress)
            yield return $"{set.Label}: the run is not finished: {progress}.";
        if (set.Skipped > 0)
            yield return $"{set.Label}: {set.Skipped} {(set.Skipped == 1 ? "example" : "examples")} could not be measured and do not count.";
        if (set.BadLines > 0)
            yield return $"{set.Label}: {set.BadLines} {(set.BadLines == 1 ? "line" : "lines")} of the file could not be read and do not count.";
        foreach (var metric in set.Metrics)
        {
            var excluded = metric.Projections.Where(projection => projection.Excluded > 0).ToArray();
            if (excluded.Length > 0)
            {
                yield return $"{set.Label}: left out for a NaN in {metric.Metric.Name}, from that projection alone: "
                    + string.Join(", ", excluded.Select(projection => $"{projection.Excluded} from {projection.Projection}")) + ".";
            }
        }
    }

    private static IEnumerable<string> OfPair(ComparedRuns runs, RunPair pair)
    {
        var (a, b) = (runs.Labels[pair.Set], runs.Labels[pair.AgainstSet]);
        var identical = pair.Matched.Length - pair.Different.Length;
        if (pair.SameOutputs)
            yield return $"{a} and {b} have the same outputs, so there are no answers to tell apart: they differ in the model or in how it was prompted.";
        else if (identical > 0)
            yield return $"{a} and {b}: {identical} of {pair.Matched.Length} answers are the same text in both and are left out of telling them apart.";
    }

    private static IEnumerable<string> OfLength(ComparedRuns runs, IReadOnlyList<Metric> metrics)
    {
        var without = Enumerable.Range(0, runs.Runs).Where(set => !runs.Tables[set].HasTokens).Select(set => runs.Labels[set]).ToArray();
        if (runs.Runs > 1 && without.Length > 0)
        {
            yield return $"No length control for {string.Join(", ", without)}: the file has no token counts (\"{RunKeys.Tokens}\"), as the original's have none; "
                + "'layergrad measure' writes them. Differences in level may be differences in length.";
        }

        foreach (var metric in metrics.Where(metric => !metric.IsPositive && runs.Runs > 1))
            yield return $"No length control for {metric.Name}: it is not positive, so it has no logarithm.";
    }
}
