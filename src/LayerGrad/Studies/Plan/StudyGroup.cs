using LayerGrad.Analysis;
using LayerGrad.Figures;
using LayerGrad.Reports;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Studies.Plan;

/// <summary>The runs of one model on one dataset: what is compared, drawn and reported together.</summary>
/// <param name="Model">The model.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Runs">The runs of the main variant, a setting each.</param>
/// <param name="Against">The matched runs of the other variant, as many; empty where some are missing.</param>
/// <param name="Settings">The settings, in the order of the runs.</param>
internal sealed record StudyGroup(
    StudyModel Model, StudyDataset Dataset, IReadOnlyList<string> Runs, IReadOnlyList<string> Against, IReadOnlyList<string> Settings)
{
    /// <summary>Its name, and its path below the folders of tables, figures and reports.</summary>
    public string Name => Path.Combine(Model.Name, Dataset.Name);

    /// <summary>Groups the complete cells of a model on a dataset.</summary>
    public static StudyGroup Of(Study study, StudyModel model, StudyDataset dataset, IReadOnlyList<StudyCell> cells)
    {
        // The first variant of the study is the main one; where it has no complete run, the next stands in.
        var main = dataset.Variants.First(variant => cells.Any(cell => cell.Variant == variant));
        var other = dataset.Variants.FirstOrDefault(variant => variant != main);
        var runs = cells.Where(cell => cell.Variant == main).ToList();
        var matched = runs.Select(run => cells.FirstOrDefault(cell => cell.Setting == run.Setting && cell.Variant == other)).OfType<StudyCell>().ToList();
        return new StudyGroup(
            model,
            dataset,
            [.. runs.Select(study.RunOf)],
            matched.Count == runs.Count ? [.. matched.Select(study.RunOf)] : [],
            [.. runs.Select(run => run.Setting)]);
    }

    /// <summary>The comparison to make.</summary>
    public ComparisonOptions Comparison(StudyResults results) => new()
    {
        Runs = Runs,
        Against = Against,
        Labels = Settings,
        Metrics = [.. results.Metrics.Select(Metric.Parse)],
        Bootstrap = results.Bootstrap,
        Seed = results.Seed,
    };

    /// <summary>The figure to draw: the settings side by side, the other variant dashed.</summary>
    public FigureRequest Figure(StudyResults results, Metric metric) => new()
    {
        Runs = Runs,
        Against = Against,
        Labels = Settings,
        Models = [.. Runs.Select(_ => Model.Name)],
        Metric = metric,
        Bootstrap = results.Bootstrap,
        Seed = results.Seed,
    };

    /// <summary>The report to write, with every metric that the runs have.</summary>
    public ReportRequest Report(Study study) => new()
    {
        Runs = Runs,
        Against = Against,
        Labels = Settings,
        Title = $"{study.Name}: {Model.Name} on {Dataset.Name}",
        Bootstrap = study.Results.Bootstrap,
        Seed = study.Results.Seed,
    };
}
