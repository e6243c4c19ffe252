using LayerGrad.Analysis;
using LayerGrad.Analysis.Output;
using LayerGrad.Figures;
using LayerGrad.Reports;
using LayerGrad.Runs.Statistics;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Products;

/// <summary>Makes what a study is for out of its complete runs: tables, figures, reports, and a page that leads to all of them.</summary>
/// <param name="study">The study.</param>
/// <param name="plainText">Writes a comparison as plain text.</param>
/// <param name="observer">Is told what is written.</param>
internal sealed class StudyProducts(Study study, Func<ComparisonResult, string> plainText, IStudyObserver observer)
{
    /// <summary>Writes everything that the complete runs allow.</summary>
    /// <param name="cancel">Ends the work between two files.</param>
    public void Write(CancellationToken cancel)
    {
        var status = StudyStatus.Read(study);
        var complete = status.Where(cell => cell.State == CellState.Done).Select(cell => cell.Cell).ToList();
        var groups = complete.GroupBy(cell => (cell.Model, cell.Dataset)).Select(group => StudyGroup.Of(study, group.Key.Model, group.Key.Dataset, [.. group])).ToList();
        var summaries = new List<StudySummary>();
        foreach (var group in groups)
        {
            cancel.ThrowIfCancellationRequested();
            var result = Comparison.Create(group.Comparison(study.Results));
            summaries.Add(new StudySummary(group, result, WriteFigures(group), WriteTables(group, result), WriteReports(group)));
        }

        StudyOverview.Write(study, status, summaries);
        observer.Note($"{Path.Combine(study.Folder, "report.html")}: {summaries.Count} comparisons of {complete.Count} runs");
    }

    private List<string> WriteTables(StudyGroup group, ComparisonResult result)
    {
        var files = new List<string>();
        foreach (var format in study.Results.Tables)
        {
            var path = Path.Combine(study.Folder, "tables", group.Name + Ending(format));
            if (format == "json")
                WholeFile.Write(path, ComparisonJson.Of(result));
            else
                WholeFile.Write(path, Text(result, format));
            files.Add(path);
        }

        return files;
    }

    private List<string> WriteFigures(StudyGroup group)
    {
        var files = new List<string>();
        foreach (var metric in study.Results.Metrics)
        {
            var figure = RunFigures.Create(group.Figure(study.Results, Metric.Parse(metric)));
            foreach (var format in study.Results.Figures)
            {
                var path = Path.Combine(study.Folder, "figures", $"{group.Name}.{metric}.{format}");
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                FigureFile.Write(figure, path);
                files.Add(path);
            }
        }

        return files;
    }

    private List<string> WriteReports(StudyGroup group)
    {
        if (!study.Results.Report)
            return [];
        var path = Path.Combine(study.Folder, "reports", group.Name + ".html");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Report.Write(group.Report(study), path);
        return [path];
    }

    private string Text(ComparisonResult result, string format) => format switch
    {
        "markdown" => ComparisonMarkdown.Of(result),
        "latex" => ComparisonLatex.Of(result),
        "csv" => ComparisonCsv.Of(result),
        _ => plainText(result),
    };

    private static string Ending(string format) => format switch
    {
        "markdown" => ".md",
        "latex" => ".tex",
        "csv" => ".csv",
        "json" => ".json",
        _ => ".txt",
    };
}
