using System.Globalization;
using System.Net;
using System.Text;
using LayerGrad.Analysis;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs.Statistics;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Products;

/// <summary>Writes the page that leads through a study's folder, the summary of all its runs, and what lies where.</summary>
internal static class StudyOverview
{
    private const string Style =
        """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
        th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); white-space: nowrap; }
        th:first-child, td:first-child, .text { text-align: left; }
        img { max-width: 100%; background: white; }
        .failed { color: #c33; white-space: normal; }
        """;

    /// <summary>Writes <c>report.html</c>, <c>tables/summary.csv</c> and <c>README.md</c>.</summary>
    public static void Write(Study study, IReadOnlyList<CellStatus> status, IReadOnlyList<StudySummary> summaries)
    {
        WholeFile.Write(Path.Combine(study.Folder, "report.html"), Page(study, status, summaries));
        WholeFile.Write(Path.Combine(study.Folder, "tables", "summary.csv"), Csv(study, summaries));
        WholeFile.Write(Path.Combine(study.Folder, "README.md"), Guide(study, status));
    }

    private static string Guide(Study study, IReadOnlyList<CellStatus> status) =>
        $"""
        # {study.Name}

        Made by `layergrad study {Path.GetFileName(study.Path)}`: {status.Count(cell => cell.State == CellState.Done)} of {status.Count} runs are complete.

        | what | where |
        |---|---|
        | the whole study on one page | `report.html` |
        | every run in one table | `tables/summary.csv` |
        | what the runs of a model on a dataset say about each other | `tables/MODEL/DATASET.*` |
        | their figures | `figures/MODEL/DATASET.METRIC.*` |
        | the same to explore, example by example | `reports/MODEL/DATASET.html` |
        | the runs: a line an example | `runs/MODEL/DATASET/SETTING.VARIANT.jsonl` |
        | what was measured and how, for each run | `runs/.../*.meta.json` |
        | examples that could not be measured, with the reason | `runs/.../*.skipped.jsonl` |
        | why a run failed | `runs/.../*.error.txt` |
        | data that the study made or fetched | `data/` |
        | memory budget and date that all processes share | `plan.json` |
        | parts of runs, job scripts, logs (on a cluster) | `shards/`, `slurm/` |

        Start the study again to go on with what is missing: `layergrad study {study.Path}`.

        """;

    private static string Csv(Study study, IReadOnlyList<StudySummary> summaries)
    {
        var csv = new StringBuilder("model,dataset,set,variant,examples,skipped,loss,response_tokens,metric,projection,level,level_low,level_high,MAD,MAD_low,MAD_high\n");
        foreach (var (summary, set, metric) in from summary in summaries from set in summary.Result.Sets from metric in set.Metrics select (summary, set, metric))
        {
            foreach (var projection in metric.Projections)
            {
                csv.AppendJoin(',', [
                    summary.Group.Model.Name, summary.Group.Dataset.Name, Setting(study, summary, set), Variant(study, summary, set),
                    Number(set.Examples), Number(set.Skipped), Number(set.Loss.Value), Number(set.ResponseTokens.Value), metric.Metric.Name, projection.Projection,
                    Number(projection.Level.Value), Number(projection.Level.Low), Number(projection.Level.High),
                    Number(projection.Mad.All.Value), Number(projection.Mad.All.Low), Number(projection.Mad.All.High),
                ]).Append('\n');
            }
        }

        return csv.ToString();
    }

    private static string Page(Study study, IReadOnlyList<CellStatus> status, IReadOnlyList<StudySummary> summaries)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{Escape(study.Name)}</title>\n<style>\n{Style}\n</style>\n<h1>{Escape(study.Name)}</h1>\n");
        var done = status.Count(cell => cell.State == CellState.Done);
        page.Append(CultureInfo.InvariantCulture, $"<p>{done} of {status.Count} runs are complete; {status.Sum(cell => cell.Done - cell.Skipped)} examples were measured, {status.Sum(cell => cell.Skipped)} skipped. What lies where is said in <a href=\"README.md\">README.md</a>; every number below is in <a href=\"tables/summary.csv\">tables/summary.csv</a>.</p>\n");
        AppendUnfinished(page, status);
        foreach (var metric in study.Results.Metrics)
            AppendSummary(page, study, summaries, metric);
        foreach (var summary in summaries)
            AppendGroup(page, study, summary);
        return page.Append("</html>\n").ToString();
    }

    private static void AppendUnfinished(StringBuilder page, IReadOnlyList<CellStatus> status)
    {
        var unfinished = status.Where(cell => cell.State != CellState.Done).ToList();
        if (unfinished.Count == 0)
            return;
        page.Append("<h2>Not complete</h2>\n<table>\n<tr><th>run<th>state<th>done<th class=\"text\">why\n");
        foreach (var cell in unfinished)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(cell.Cell.Id)}<td>{cell.State}<td>{cell.Done} of {cell.Total?.ToString(CultureInfo.InvariantCulture) ?? "?"}<td class=\"text failed\">{Escape(cell.Error ?? "")}\n");
        page.Append("</table>\n");
    }

    private static void AppendSummary(StringBuilder page, Study study, IReadOnlyList<StudySummary> summaries, string metric)
    {
        var sets = summaries.SelectMany(summary => summary.Result.Sets.Select(set => (Summary: summary, Set: set, Metric: set.Metrics.Single(result => result.Metric.Name == metric)))).ToList();
        if (sets.Count == 0)
            return;
        var projections = sets.SelectMany(row => row.Metric.Projections.Select(projection => projection.Projection)).Distinct().ToList();
        page.Append(CultureInfo.InvariantCulture, $"<h2>{Escape(Metric.Parse(metric).Title)} ({Escape(metric)})</h2>\n<p>Level: mean over layers and examples. MAD: mean absolute difference between neighbouring layers.</p>\n<table>\n<tr><th>run<th>variant<th>examples<th>loss");
        foreach (var projection in projections)
            page.Append(CultureInfo.InvariantCulture, $"<th>{Escape(projection)} level<th>{Escape(projection)} MAD");
        page.Append('\n');
        foreach (var (summary, set, result) in sets)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(summary.Group.Model.Name)} / {Escape(summary.Group.Dataset.Name)} / {Escape(Setting(study, summary, set))}<td>{Escape(Variant(study, summary, set))}<td>{set.Examples}<td>{NumberText.Of(set.Loss.Value)}");
            foreach (var name in projections)
            {
                var projection = result.Projections.FirstOrDefault(candidate => candidate.Projection == name);
                page.Append(CultureInfo.InvariantCulture, $"<td>{NumberText.Of(projection?.Level.Value ?? double.NaN)}<td>{NumberText.Of(projection?.Mad.All.Value ?? double.NaN)}");
            }

            page.Append('\n');
        }

        page.Append("</table>\n");
    }

    private static void AppendGroup(StringBuilder page, Study study, StudySummary summary)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{Escape(summary.Group.Model.Name)} on {Escape(summary.Group.Dataset.Name)}</h2>\n<p>");
        page.AppendJoin(" · ", summary.Reports.Concat(summary.Tables).Concat(summary.Figures).Select(file => Link(study, file))).Append("</p>\n");
        var findings = summary.Result.Findings;
        if (findings.Count > 0)
        {
            page.Append("<ul>\n");
            foreach (var finding in findings)
                page.Append(CultureInfo.InvariantCulture, $"<li><b>{Escape(ComparisonTables.Words(finding.Verdict))}</b>: {Escape(finding.Claim)} ({Escape(finding.Measure)}: {Escape(NumberText.Of(finding.Number))})\n");
            page.Append("</ul>\n");
        }

        foreach (var figure in summary.Figures.Where(file => Path.GetExtension(file) is ".svg"))
            page.Append(CultureInfo.InvariantCulture, $"<p><img src=\"{Address(study, figure)}\" alt=\"{Escape(Path.GetFileNameWithoutExtension(figure))}: {Escape(string.Join(", ", summary.Group.Settings))}\"></p>\n");
    }

    private static string Setting(Study study, StudySummary summary, SetResult set) => CellOf(study, summary, set).Setting;

    private static string Variant(Study study, StudySummary summary, SetResult set) => CellOf(study, summary, set).Variant;

    private static StudyCell CellOf(Study study, StudySummary summary, SetResult set) =>
        study.Cells.First(cell => cell.Model == summary.Group.Model && cell.Dataset == summary.Group.Dataset && study.RunOf(cell) == set.Path);

    private static string Link(Study study, string file) => $"<a href=\"{Address(study, file)}\">{Escape(Path.GetRelativePath(study.Folder, file))}</a>";

    private static string Address(Study study, string file) =>
        string.Join('/', Path.GetRelativePath(study.Folder, file).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));

    private static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
