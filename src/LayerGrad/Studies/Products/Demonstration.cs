using LayerGrad.Analysis;
using LayerGrad.Examples;
using LayerGrad.Figures;
using LayerGrad.Measuring;
using LayerGrad.Models;
using LayerGrad.Reports;

namespace LayerGrad.Studies.Products;

/// <summary>
/// The main job on a small model of our own: measures held-out problems with no reasoning, simplified and detailed
/// reasoning, each with its own and with another problem's answer; compares, draws and reports them.
/// </summary>
internal static class Demonstration
{
    private const string Model = "model";

    /// <summary>The sets, as their labels and the names of their files.</summary>
    private static readonly (string Label, string Name)[] s_sets = [("None", "none"), ("Simplified", "simplified"), ("Detailed", "detailed")];

    /// <summary>Finds the demonstration's folder: beside the program, or above it in the repository.</summary>
    /// <exception cref="InputException">It is not there.</exception>
    public static string Locate()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var demo = Path.Combine(folder, "demo");
            if (File.Exists(Path.Combine(demo, Model, "config.json")) && Directory.Exists(Path.Combine(demo, "data")))
                return demo;
        }

        throw new InputException($"demo: the folder 'demo' with its model is neither beside {AppContext.BaseDirectory} nor above it; take it from the repository or the release");
    }

    /// <summary>What the demonstration measures.</summary>
    /// <param name="demo">The demonstration's folder.</param>
    /// <returns>The model's family, the number of its parameters, and how many problems there are.</returns>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static (string Family, long Parameters, int Problems) Describe(string demo)
    {
        using var model = ModelLoader.Open(Path.Combine(demo, Model));
        var specification = model.Specification;
        var problems = Dataset.Load(Path.Combine(demo, "data", $"heldout_{s_sets[0].Name}.json")).Count;
        return (specification.Family, specification.Parameters.Sum(parameter => parameter.Count), problems);
    }

    /// <summary>Measures what is not measured yet, and writes <c>figure.svg</c> and <c>report.html</c>.</summary>
    /// <param name="demo">The demonstration's folder.</param>
    /// <param name="output">Where runs, figure and report are written.</param>
    /// <param name="threads">Processor threads; null for all.</param>
    /// <param name="progress">Is told each set that is being measured.</param>
    /// <param name="cancel">Ends the work; it goes on with the next call.</param>
    /// <exception cref="InputException">The output cannot be written, or holds runs of something else.</exception>
    public static DemonstrationResult Run(string demo, string output, int? threads, IProgress<string>? progress, CancellationToken cancel)
    {
        var runs = new List<string>();
        var against = new List<string>();
        foreach (var (label, name) in s_sets)
        {
            progress?.Report(label);
            runs.Add(Measure(demo, output, $"heldout_{name}", name, threads, cancel));
            progress?.Report($"{label}, irrelevant");
            against.Add(Measure(demo, output, $"heldout_{name}_irrelevant", $"{name}_irrelevant", threads, cancel));
        }

        progress?.Report("figure and report");
        string[] labels = [.. s_sets.Select(set => set.Label)];
        var comparison = Comparison.Create(new ComparisonOptions { Runs = runs, Against = against, Labels = labels });
        var figure = Path.Combine(output, "figure.svg");
        FigureFile.Write(RunFigures.Create(new FigureRequest { Runs = runs, Against = against, Labels = labels }), figure);
        var report = Path.Combine(output, "report.html");
        Report.Write(new ReportRequest { Runs = runs, Against = against, Labels = labels, Title = "LayerGrad: the demonstration model" }, report);
        return new DemonstrationResult(comparison, runs, figure, report);
    }

    private static string Measure(string demo, string output, string data, string run, int? threads, CancellationToken cancel)
    {
        var path = Path.Combine(output, run + ".jsonl");
        MeasureRun.Execute(
            new MeasureRunOptions { Model = Path.Combine(demo, Model), Data = Path.Combine(demo, "data", data + ".json"), Out = path, Threads = threads }, null, cancel);
        return path;
    }
}
