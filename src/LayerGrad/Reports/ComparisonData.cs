using System.Text.Json;
using LayerGrad.Analysis;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Reports;

/// <summary>Writes the results of a comparison as the page reads them.</summary>
internal static class ComparisonData
{
    public static void WriteMetrics(Utf8JsonWriter json, IEnumerable<Metric> metrics) => json.WriteObjects("metrics", metrics, metric =>
    {
        json.WriteString("name", metric.Name);
        json.WriteString("title", metric.Title);
        json.WriteString("unit", metric.Unit);
        if (!metric.IsDerived)
            return;
        json.WriteString("first", metric.First.Name);
        json.WriteString("factor", metric.Factor?.Name);
        json.WriteString("divisor", metric.Divisor?.Name);
    });

    public static void WriteResults(Utf8JsonWriter json, ComparisonResult comparison)
    {
        json.WriteObjects("findings", comparison.Findings, finding =>
        {
            json.WriteString("claim", finding.Claim);
            json.WriteString("source", finding.Source);
            json.WriteTexts("sets", finding.Sets);
            json.WriteString("measure", finding.Measure);
            json.Write("number", finding.Number);
            json.WriteString("verdict", finding.Verdict switch { Verdict.Holds => "holds", Verdict.DoesNotHold => "does_not_hold", _ => "undecided" });
            json.WriteString("remark", finding.Remark);
        });
        json.WriteTexts("notes", comparison.Notes);
        json.WriteObjects("differences", comparison.RelativeDifferences, row =>
        {
            WritePair(json, row.Set, "against", row.Against, row.Metric);
            json.WriteString("projection", row.Projection);
            json.Write("difference", row.Difference);
            json.WritePropertyName("chance");
            json.WriteRounded(row.Chance);
            json.WriteIntegers("top", row.TopLayers.Select(layer => (int?)layer));
        });
        json.WriteObjects("separations", comparison.Separations, row =>
        {
            WritePair(json, row.Set, "against", row.Against, row.Metric);
            json.WriteNumber("pairs", row.Pairs);
            json.WriteNumber("identical", row.IdenticalOutputs);
            json.WriteString("projection", row.Best.Projection);
            json.WriteNumber("layer", row.Best.Layer);
            json.Write("area", row.Best.Area);
            json.Write("honest", row.Honest);
            json.Write("loss", row.Loss);
        });
        json.WriteObjects("lengths", comparison.Lengths, row =>
        {
            WritePair(json, row.Set, "reference", row.Reference, row.Metric);
            json.WriteString("projection", row.Projection);
            json.Write("raw", row.Raw);
            json.Write("matched", row.Matched);
            json.Write("regression", row.Regression);
            json.WriteString("warning", row.Warning);
        });
    }

    /// <summary>The curves of a set, metric by metric, projection by projection.</summary>
    public static void WriteCurves(Utf8JsonWriter json, SetResult set)
    {
        json.WriteStartObject("curves");
        foreach (var metric in set.Metrics)
        {
            json.WriteStartObject(metric.Metric.Name);
            foreach (var projection in metric.Projections)
            {
                json.WriteStartObject(projection.Projection);
                json.WriteNumber("examples", projection.Examples);
                json.WriteNumbers("mean", projection.Curve.Select(estimate => estimate.Value));
                json.WriteNumbers("low", projection.Curve.Select(estimate => estimate.Low));
                json.WriteNumbers("high", projection.Curve.Select(estimate => estimate.High));
                json.Write("level", projection.Level);
                json.WriteStartObject("mad");
                json.Write("early", projection.Mad.Early);
                json.Write("middle", projection.Mad.Middle);
                json.Write("late", projection.Mad.Late);
                json.Write("all", projection.Mad.All);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter json, string set, string other, string otherSet, Metric metric)
    {
        json.WriteString("set", set);
        json.WriteString(other, otherSet);
        json.WriteString("metric", metric.Name);
    }
}
