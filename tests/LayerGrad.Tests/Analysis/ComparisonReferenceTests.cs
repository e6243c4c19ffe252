using System.Text.Json;
using LayerGrad.Analysis;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Analysis;

/// <summary>What the original's own analysis code computes from made-up statistics, one value of which is NaN.</summary>
public sealed class ComparisonReferenceTests
{
    private const double Tolerance = 1e-9;

    [SharedTheory]
    [InlineData(26)]
    [InlineData(28)]
    public void Curves_MAD_and_RD_are_the_originals(int depth)
    {
        string Run(string name) => Shared.Path("reference", "analysis", $"{depth}layers.{name}.jsonl");
        using var document = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "analysis", "expected.json")));
        var expected = document.RootElement.GetProperty($"{depth}");
        var result = Comparison.Create(new ComparisonOptions
        {
            Runs = [Run("detailed"), Run("none"), Run("simplified")],
            Against = [Run("detailed_irrelevant")],
            Labels = ["detailed", "none", "simplified", "detailed_irrelevant"],
            Metrics = [.. expected.GetProperty("sets").GetProperty("none").EnumerateObject().Select(metric => Metric.Parse(metric.Name))],
            Bootstrap = 100,
        });
        result.Sets.Count.ShouldBe(4);
        foreach (var set in expected.GetProperty("sets").EnumerateObject())
        {
            foreach (var (metric, projection, element) in Grid(set.Value))
            {
                var actual = result.Sets.Single(one => one.Label == set.Name).Metrics.Single(one => one.Metric.Name == metric)
                    .Projections.Single(one => one.Projection == projection);
                actual.Curve.Select(point => point.Value).ShouldBe(element.GetProperty("curve").EnumerateArray().Select(value => value.GetDouble()), Tolerance);
                var mad = element.GetProperty("MAD");
                actual.Mad.Early.Value.ShouldBe(mad.GetProperty("early").GetDouble(), Tolerance);
                actual.Mad.Middle.Value.ShouldBe(mad.GetProperty("middle").GetDouble(), Tolerance);
                actual.Mad.Late.Value.ShouldBe(mad.GetProperty("late").GetDouble(), Tolerance);
                actual.Mad.All.Value.ShouldBe(mad.GetProperty("all").GetDouble(), Tolerance);
            }
        }

        foreach (var (metric, projection, element) in Grid(expected.GetProperty("relative_difference_detailed_vs_irrelevant")))
        {
            var actual = result.RelativeDifferences.Single(one => one.Set == "detailed" && one.Metric.Name == metric && one.Projection == projection);
            actual.Difference.Value.ShouldBe(element.GetProperty("RD").GetDouble(), Tolerance);
            actual.TopLayers.ShouldBe(element.GetProperty("top5").EnumerateArray().Select(layer => layer.GetInt32()));
        }
    }

    [SharedFact]
    public void An_example_with_a_NaN_is_left_out_of_its_projection_alone_and_counted()
    {
        var result = Comparison.Create(new ComparisonOptions { Runs = [Shared.Path("reference", "analysis", "28layers.simplified.jsonl")], Bootstrap = 100 });
        result.Sets[0].Metrics[0].Projections.Select(projection => (projection.Projection, projection.Excluded))
            .ShouldBe([("Q", 0), ("K", 1), ("V", 0), ("O", 0)]);
        result.Notes.ShouldContain(note => note.Contains("1 from K", StringComparison.Ordinal));
    }

    [SharedFact]
    public void The_parts_of_the_depth_are_the_originals()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "analysis", "mad_by_depth.json")));
        foreach (var depth in document.RootElement.EnumerateObject())
        {
            double[] curve = [.. depth.Value.GetProperty("curve").EnumerateArray().Select(value => value.GetDouble())];
            var parts = DepthParts.Of(curve.Length);
            var mad = depth.Value.GetProperty("MAD");
            LayerDifference.MeanAbsolute(curve.AsSpan(..parts.EarlyEnd)).ShouldBe(mad.GetProperty("early").GetDouble(), Tolerance);
            LayerDifference.MeanAbsolute(curve.AsSpan(parts.EarlyEnd..parts.LateStart)).ShouldBe(mad.GetProperty("middle").GetDouble(), Tolerance);
            LayerDifference.MeanAbsolute(curve.AsSpan(parts.LateStart..)).ShouldBe(mad.GetProperty("late").GetDouble(), Tolerance);
            LayerDifference.MeanAbsolute(curve).ShouldBe(mad.GetProperty("all").GetDouble(), Tolerance);
        }
    }

    private static IEnumerable<(string Metric, string Projection, JsonElement Value)> Grid(JsonElement metrics) =>
        from metric in metrics.EnumerateObject()
        from projection in metric.Value.EnumerateObject()
        select (metric.Name, projection.Name, projection.Value);
}
