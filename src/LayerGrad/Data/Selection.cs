using System.Globalization;
using LayerGrad.Data.Scoring;
using LayerGrad.Examples;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Data;

/// <summary>
/// Chooses training examples by what a run measured of them, as Gradient_Unified (Li et al. 2025, arXiv:2504.10766)
/// tells good data from poor: an example's score is the mean of a metric over layers and projections.
/// </summary>
internal static class Selection
{
    /// <summary>Names that score an example as a whole, without layers.</summary>
    private static readonly string[] s_wholeExample = [RunKeys.Loss, RunKeys.ResponseTokensMetric];

    /// <summary>Chooses examples of a run, or of a file of scores.</summary>
    /// <param name="runPath">The run file, or what <see cref="ScoreRun"/> writes.</param>
    /// <param name="by">A metric's name, <c>loss</c>, or <c>response_tokens</c>; of scores <c>score</c>, <c>loss</c>, <c>ifd</c>, ...</param>
    /// <param name="rule">Which to take; among equal scores, the earlier ones.</param>
    /// <param name="layers">Half-open ranges and single layers apart by commas (<c>0:8,15</c>); null for all.</param>
    /// <param name="projections">Names of projections apart by commas (<c>Q,V</c>); null for all.</param>
    /// <exception cref="InputException">The run lacks the metric, a layer or a projection, or nothing would be chosen.</exception>
    public static SelectedExamples Select(string runPath, string by, SelectionRule rule, string? layers, string? projections)
    {
        var scored = new List<(Example Example, double Score)>();
        var unscored = 0;
        foreach (var (example, value) in ScoreFile.IsOne(runPath) ? OfScores(runPath, by, layers, projections) : OfRun(runPath, by, layers, projections))
        {
            if (double.IsNaN(value))
                unscored++;
            else
                scored.Add((example, value));
        }

        if (scored.Count == 0)
            throw new InputException($"{runPath}: no example has a value of {by}; there is nothing to select from.");
        var chosen = Apply(rule, scored).OrderBy(pair => pair.Example.Index).ToList();
        return chosen.Count > 0
            ? new SelectedExamples(chosen.ConvertAll(pair => pair.Example), chosen.ConvertAll(pair => pair.Score), scored.Count, unscored)
            : throw new InputException(string.Create(
                CultureInfo.InvariantCulture,
                $"{runPath}: no example lies there; {by} goes from {scored.Min(pair => pair.Score):G6} to {scored.Max(pair => pair.Score):G6}."));
    }

    private static IEnumerable<(Example Example, double Score)> OfScores(string path, string by, string? layers, string? projections)
    {
        RefuseParts(by, layers, projections);
        return ScoreFile.Read(path, by);
    }

    private static IEnumerable<(Example Example, double Score)> OfRun(string path, string by, string? layers, string? projections)
    {
        using var reader = new RunReader(path, new RunReaderOptions { Texts = true });
        Func<RunExample, double>? score = null;
        while (reader.Read())
        {
            score ??= Scorer(reader, by, layers, projections);
            var current = reader.Current;
            yield return (new Example(current.Index, current.Instruction!, "", current.Output!), score(current));
        }
    }

    private static void RefuseParts(string by, string? layers, string? projections)
    {
        if (layers is not null || projections is not null)
            throw new InputException($"--by {by} is one number an example; leave --layers and --proj out.");
    }

    private static Func<RunExample, double> Scorer(RunReader reader, string by, string? layers, string? projections)
    {
        if (s_wholeExample.Contains(by, StringComparer.Ordinal))
        {
            RefuseParts(by, layers, projections);
            return by == RunKeys.Loss ? example => example.Loss : example => example.ResponseTokens ?? double.NaN;
        }

        var metric = Metric.All.FirstOrDefault(candidate => string.Equals(candidate.Name, by, StringComparison.OrdinalIgnoreCase))
            ?? throw new InputException($"--by {by}: no such metric; there are {string.Join(", ", Metric.All.Select(known => known.Name).Concat(s_wholeExample))}.");
        if (!metric.IsIn(reader))
            throw new InputException($"{reader.Path}: the run lacks what {metric.Name} is computed from; measure again, or choose another metric.");
        var weights = Weights(reader, layers, projections);
        return example => weights.Average(weight => metric.Value(example, weight));
    }

    private static int[] Weights(RunReader reader, string? layers, string? projections)
    {
        var inLayers = layers is null ? null : ParseLayers(layers, reader.Weights.Max(weight => weight.Layer ?? -1) + 1);
        var names = projections?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names ?? [])
        {
            if (!reader.Weights.Any(weight => IsCalled(weight, name)))
                throw new InputException($"--proj {name}: the run has {string.Join(", ", reader.Weights.Select(weight => weight.Projection).Distinct())}.");
        }

        int[] chosen = [.. Enumerable.Range(0, reader.Weights.Count)
            .Where(i => inLayers is null || (reader.Weights[i].Layer is { } layer && inLayers.Contains(layer)))
            .Where(i => names is null || Array.Exists(names, name => IsCalled(reader.Weights[i], name)))];
        return chosen.Length > 0 ? chosen : throw new InputException($"{reader.Path}: no weight lies in --layers {layers} and --proj {projections}.");
    }

    private static bool IsCalled(WeightName weight, string name) => string.Equals(weight.Projection, name, StringComparison.OrdinalIgnoreCase);

    private static HashSet<int> ParseLayers(string text, int count)
    {
        var layers = new HashSet<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split(':');
            if (ends.Length > 2 || !TryLayer(ends[0], 0, out var first) || !TryLayer(ends[^1], count, out var last))
                throw new InputException($"--layers {text}: expected layers and half-open ranges, such as 0:8,15.");
            var end = ends.Length == 1 ? first + 1 : last;
            if (first >= end || end > count)
                throw new InputException($"--layers {text}: the run has the layers 0 to {count - 1}.");
            layers.UnionWith(Enumerable.Range(first, end - first));
        }

        return layers;
    }

    private static bool TryLayer(string text, int otherwise, out int layer)
    {
        layer = otherwise;
        return text.Length == 0 || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out layer);
    }

    private static IEnumerable<(Example Example, double Score)> Apply(SelectionRule rule, List<(Example Example, double Score)> scored)
    {
        switch (rule)
        {
            case SelectionRule.Top(var amount):
                return scored.OrderByDescending(pair => pair.Score).Take(Count("--top", amount, scored.Count));
            case SelectionRule.Bottom(var amount):
                return scored.OrderBy(pair => pair.Score).Take(Count("--bottom", amount, scored.Count));
            case SelectionRule.Between(var range):
                var (low, high) = Bounds(range);
                return scored.Where(pair => pair.Score >= low && pair.Score < high);
            default:
                throw new ArgumentOutOfRangeException(nameof(rule));
        }
    }

    private static int Count(string option, string amount, int total)
    {
        if (amount.EndsWith('%') && decimal.TryParse(amount[..^1], NumberStyles.Number, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100)
            return (int)Math.Ceiling(percent * total / 100);
        if (int.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            return count <= total ? count : throw new InputException($"{option} {amount}: only {total} examples have a score.");
        throw new InputException($"{option} {amount}: expected a number of examples such as 200, or a share such as 10%.");
    }

    private static (double Low, double High) Bounds(string range)
    {
        var ends = range.Split(':');
        var low = double.NegativeInfinity;
        var high = double.PositiveInfinity;
        if (ends.Length != 2 || !TryBound(ends[0], ref low) || !TryBound(ends[1], ref high) || low >= high)
            throw new InputException($"--between {range}: expected A:B with A below B, such as 0.5:2.");
        return (low, high);
    }

    private static bool TryBound(string text, ref double bound) =>
        text.Length == 0 || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out bound);
}
