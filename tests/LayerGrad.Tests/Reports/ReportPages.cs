using LayerGrad.Reports;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Reports;

/// <summary>One browser, and the reports that the tests open in it.</summary>
[CollectionDefinition(nameof(ReportsInBrowser))]
public sealed class ReportsInBrowser : ICollectionFixture<BrowserFixture>, ICollectionFixture<ReportPages>;

/// <summary>A report of each kind, made once.</summary>
public sealed class ReportPages : IDisposable
{
    private readonly MadeUpRuns _runs = new();

    public ReportPages()
    {
        if (BrowserFactAttribute.Browser is null)
            return;
        Two = _runs.PathOf("two.html");
        Report.Write(new ReportRequest { Runs = [_runs.Write("short.jsonl", 8, 4, 3), _runs.Write("long.jsonl", 8, 4, 1)], Bootstrap = 100 }, Two);
        Runs = _runs.PathOf("report.html");
        Report.Write(
            new ReportRequest
            {
                Runs = [_runs.Write("none.jsonl", 12, 6, 3, tokens: true, noise: true), _runs.Write("detailed.jsonl", 12, 6, 1)],
                Labels = ["None", "Detailed", "Irrelevant"],
                Against = [_runs.Write("irrelevant.jsonl", 12, 6, 1.5, output: "other")],
                Kernel = _runs.WriteKernel(12),
                Bootstrap = 200,
            },
            Runs);
        Steps = _runs.PathOf("steps.html");
        Report.Write(
            new ReportRequest
            {
                Runs = [_runs.Write("fast.jsonl", 10, 4, 2, steps: [0, 10, 20]), _runs.Write("slow.jsonl", 10, 4, 1, steps: [0, 10, 20])],
                Kernel = _runs.WriteKernel(10, "a.weight", "b.weight"),
                Bootstrap = 100,
            },
            Steps);
        Many = _runs.PathOf("many.html");
        Report.Write(new ReportRequest { Runs = [.. Enumerable.Range(1, 9).Select(level => _runs.Write($"set{level}.jsonl", 2, 3, level))], Metrics = [Metric.NuclearNorm], Bootstrap = 100 }, Many);
    }

    /// <summary>Two runs and nothing else.</summary>
    public string Two { get; } = "";

    /// <summary>Three runs, with shares of tokens, a noise scale, and the similarity of examples.</summary>
    public string Runs { get; } = "";

    /// <summary>Probes of a training, with a kernel for each weight.</summary>
    public string Steps { get; } = "";

    /// <summary>Nine runs.</summary>
    public string Many { get; } = "";

    public void Dispose() => _runs.Dispose();
}
