using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

public sealed class MetricTests
{
    [Fact]
    public void The_documentation_has_each_metric_in_the_table_s_order_with_its_formula()
    {
        var rows = File.ReadLines(Path.Combine(Shared.Repository, "docs", "statistics.md"))
            .SkipWhile(line => !line.StartsWith("| name | formula |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (cells[1].Trim('`'), cells[2]));

        rows.ShouldBe(Metric.All.Select(metric => (metric.Name, metric.Formula)));
    }

    [Fact]
    public void The_documentation_of_run_files_has_each_statistic_s_key()
    {
        var keys = File.ReadLines(Path.Combine(Shared.Repository, "docs", "formats.md"))
            .SkipWhile(line => !line.StartsWith("For each weight:", StringComparison.Ordinal)).Skip(4)
            .TakeWhile(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries)).Select(key => key.Trim('`'));

        keys.ShouldBe([.. Statistic.All.Select(statistic => statistic.Key), "S_list"]);
    }

    [Fact]
    public void A_metric_s_name_is_its_statistic_s_key_unless_it_is_made_from_others()
    {
        foreach (var metric in Metric.All)
        {
            metric.IsDerived.ShouldBe(metric.Terms.Count() > 1);
            if (!metric.IsDerived)
                metric.First.Name.ShouldBe(metric.Name);
        }

        Metric.All.Where(metric => !metric.IsDerived).Select(metric => metric.First.Statistic).ShouldBe(Statistic.All, ignoreOrder: true);
    }

    [Theory]
    [InlineData("S_sum", 6)]
    [InlineData("S_sum_summed", 6.0 * 5)]
    [InlineData("S_ratio", 4.0 / 6)]
    [InlineData("S_sum_regularized", 6.0 / 2)]
    [InlineData("rank", 3)]
    public void Derived_metrics_are_made_from_the_run_s_numbers(string name, double expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("run.jsonl", """
            {"instruction": "i", "output": "o", "loss": 2, "tokens": {"total": 9, "response": 5}, "l.0.q_proj.weight": {"S_sum": 6, "S_max": 4, "rank": 3}}
            """);

        RunTable.Load(path, new RunTableOptions { Metrics = [Metric.Parse(name)] }).Column(Metric.Parse(name), 0, 0)[0].ShouldBe(expected, 1e-15);
    }

    [Fact]
    public void What_a_summed_loss_would_give_needs_the_tokens_that_the_original_s_files_lack()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("run.jsonl", """
            {"instruction": "i", "output": "o", "loss": 2, "l.0.q_proj.weight": {"S_sum": 6}}
            """);

        Should.Throw<InputException>(() => RunTable.Load(path, new RunTableOptions { Metrics = [Metric.Parse("S_sum_summed")] }))
            .Message.ShouldEndWith("has no S_sum_summed; it has S_sum, S_sum_regularized.");
    }
}
