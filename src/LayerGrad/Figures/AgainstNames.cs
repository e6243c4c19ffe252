using LayerGrad.Analysis;
using LayerGrad.Runs;

namespace LayerGrad.Figures;

/// <summary>What solid and dashed lines are, where runs are drawn against others.</summary>
internal static class AgainstNames
{
    private const string Set = "the set named above the panel";

    /// <summary>The names in the key, and the sentence of the figure's note that says the rest, or nothing.</summary>
    /// <param name="request">The figure.</param>
    /// <param name="runs">The metadata of each run, where there is any.</param>
    /// <param name="against">Those of each run that they are drawn against.</param>
    /// <returns>
    /// As the user named them; correct and irrelevant where the metadata of both says so; else the labels: in the key where one run is drawn
    /// against one, in the note where each has its own.
    /// </returns>
    public static (string Solid, string Dashed, string Note) Of(FigureRequest request, IReadOnlyList<RunDescription?> runs, IReadOnlyList<RunDescription?> against)
    {
        if (request.Style.Names is { } given)
            return (given.Solid, given.Dashed, "");
        if (request.Labels.Count <= request.Runs.Count && IsCorrectAgainstIrrelevant(runs, against))
            return ("correct", "irrelevant", "");
        var labels = Labels(request);
        var solid = request.Runs.Count == 1 ? RunFigures.Label(request, 0) : Set;
        return labels.Length == 1
            ? (solid, labels[0], "")
            : (solid, "what it is drawn against", $"Dashed: {string.Join("; ", labels.Select((label, run) => $"{label} (beside {RunFigures.Label(request, run)})"))}.");
    }

    /// <summary>The labels of the runs that others are drawn against: the user's, after those of the runs, or what tells their files' names apart.</summary>
    public static string[] Labels(FigureRequest request) =>
        [.. (request.Labels.Count > request.Runs.Count ? request.Labels : RunLabels.FromPaths([.. request.Runs, .. request.Against])).Skip(request.Runs.Count)];

    private static bool IsCorrectAgainstIrrelevant(IReadOnlyList<RunDescription?> runs, IReadOnlyList<RunDescription?> against) =>
        runs.All(run => run?.NameOfData is not null && !SetRole.SaysIrrelevant(run)) && against.All(SetRole.SaysIrrelevant);
}
