using System.Globalization;
using CsvHelper;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Analysis.Noise;
using LayerGrad.Runs;

namespace LayerGrad.Analysis.Output;

/// <summary>A comparison as comma-separated values, one number a line: what a spreadsheet or data frame wants.</summary>
internal static class ComparisonCsv
{
    private static readonly string[] s_header =
        ["set", "against", "metric", "projection", "layer", "quantity", "value", "low", "high", "examples", "excluded"];

    /// <summary>
    /// Every number of the comparison but the findings'; a field is empty where there is nothing to say. What a number leaves out stands in its
    /// line, and what a run leaves out in lines of their own.
    /// </summary>
    public static string Of(ComparisonResult result)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = new CsvWriter(text, CultureInfo.InvariantCulture))
        {
            foreach (var name in s_header)
                csv.WriteField(name);
            csv.NextRecord();
            foreach (var line in Lines(result))
            {
                csv.WriteField(line.Set);
                csv.WriteField(line.Against);
                csv.WriteField(line.Metric);
                csv.WriteField(line.Projection);
                csv.WriteField(line.Layer?.ToString(CultureInfo.InvariantCulture));
                csv.WriteField(line.Quantity);
                csv.WriteField(Number(line.Number.Value));
                csv.WriteField(Number(line.Number.Low));
                csv.WriteField(Number(line.Number.High));
                csv.WriteField(line.Examples?.ToString(CultureInfo.InvariantCulture));
                csv.WriteField(line.Excluded?.ToString(CultureInfo.InvariantCulture));
                csv.NextRecord();
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static IEnumerable<Line> Lines(ComparisonResult result) =>
        result.Sets.SelectMany(OfSet)
            .Concat(result.RelativeDifferences.SelectMany(OfDifference))
            .Concat(result.Separations.SelectMany(OfSeparation))
            .Concat(result.Lengths.SelectMany(OfLength))
            .Concat(result.Noises.SelectMany(OfNoise));

    private static IEnumerable<Line> OfSet(SetResult set)
    {
        yield return new Line(set.Label, null, RunKeys.Loss, null, null, "mean", set.Loss, set.Examples - set.LossExcluded) { Excluded = set.LossExcluded };
        yield return new Line(set.Label, null, RunKeys.ResponseTokensMetric, null, null, "mean", set.ResponseTokens, set.Examples);
        if (set.ThinkingTokens is { } thinking)
            yield return new Line(set.Label, null, RunKeys.ThinkingTokensMetric, null, null, "mean", thinking, set.Examples);
        foreach (var (what, count) in ((string, int)[])[("skipped", set.Skipped), ("bad_lines", set.BadLines), ("missing", set.Unfinished is { } run ? run.Planned - run.Done : 0)])
            yield return new Line(set.Label, null, "examples", null, null, what, Alone(count), null);
        foreach (var metric in set.Metrics)
        {
            foreach (var one in metric.Projections)
            {
                var line = new Line(set.Label, null, metric.Metric.Name, one.Projection, null, "level", one.Level, one.Examples) { Excluded = one.Excluded };
                yield return line;
                yield return line with { Quantity = "MAD_early", Number = one.Mad.Early };
                yield return line with { Quantity = "MAD_middle", Number = one.Mad.Middle };
                yield return line with { Quantity = "MAD_late", Number = one.Mad.Late };
                yield return line with { Quantity = "MAD_all", Number = one.Mad.All };
                for (var layer = 0; layer < one.Curve.Count; layer++)
                    yield return line with { Quantity = "mean", Layer = layer, Number = one.Curve[layer] };
            }
        }
    }

    private static IEnumerable<Line> OfDifference(RelativeDifferenceResult one)
    {
        var line = new Line(one.Set, one.Against, one.Metric.Name, one.Projection, null, "RD", one.Difference, null);
        return [line, line with { Quantity = "RD_by_chance", Number = Alone(one.Chance) }];
    }

    private static IEnumerable<Line> OfSeparation(SeparationResult one)
    {
        var line = new Line(one.Set, one.Against, one.Metric.Name, one.Best.Projection, one.Best.Layer, "AUC_best", one.Best.Area, one.Pairs) { Excluded = one.IdenticalOutputs };
        yield return line;
        yield return line with { Quantity = "AUC_held_out", Projection = null, Layer = null, Number = one.Honest };
        yield return line with { Metric = RunKeys.Loss, Quantity = "AUC", Projection = null, Layer = null, Number = one.Loss };
        yield return line with { Metric = RunKeys.ResponseTokensMetric, Quantity = "AUC", Projection = null, Layer = null, Number = one.ResponseTokens };
        foreach (var projection in one.Projections)
        {
            for (var layer = 0; layer < projection.Area.Count; layer++)
                yield return line with { Quantity = "AUC", Projection = projection.Projection, Layer = layer, Number = projection.Area[layer] };
        }
    }

    private static IEnumerable<Line> OfLength(LengthResult one)
    {
        var line = new Line(one.Set, one.Reference, one.Metric.Name, one.Projection, null, "ratio_raw", one.Raw, null);
        return
        [
            line,
            line with { Quantity = "ratio_matched", Number = one.Matched, Examples = one.MatchedSet + one.MatchedReference },
            line with { Quantity = "ratio_regression", Number = one.Regression },
            line with { Quantity = "length_slope", Number = one.Slope },
        ];
    }

    private static IEnumerable<Line> OfNoise((string Set, NoiseResult Noise) set)
    {
        var line = new Line(set.Set, null, "noise", null, null, "", Estimate.None, set.Noise.Examples);
        return OfScale(line, set.Noise.Whole)
            .Concat(set.Noise.Projections.SelectMany(one => OfScale(line with { Projection = one.Projection }, one.Noise)))
            .Concat(set.Noise.Layers.SelectMany(one => OfScale(line with { Layer = one.Layer }, one.Noise)));
    }

    private static IEnumerable<Line> OfScale(Line line, NoiseScale noise) =>
    [
        line with { Quantity = "squared_norm", Number = noise.SquaredNorm },
        line with { Quantity = "trace", Number = noise.Trace },
        line with { Quantity = "noise_scale", Number = noise.Scale },
    ];

    private static Estimate Alone(double value) => new(value, double.NaN, double.NaN);

    private static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    private sealed record Line(
        string Set, string? Against, string Metric, string? Projection, int? Layer, string Quantity, Estimate Number, int? Examples)
    {
        /// <summary>How many examples, or pairs, the number leaves out.</summary>
        public int? Excluded { get; init; }
    }
}
