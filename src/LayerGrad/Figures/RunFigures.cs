using System.Globalization;
using LayerGrad.Analysis;
using LayerGrad.Runs;

namespace LayerGrad.Figures;

/// <summary>Figures of run files.</summary>
internal static class RunFigures
{
    /// <summary>Reads the runs and draws the figure.</summary>
    /// <param name="request">What to draw.</param>
    /// <exception cref="InputException">A run cannot be read or lacks what is asked for, labels do not count up, or there is nothing to draw.</exception>
    public static Figure Create(FigureRequest request)
    {
        if (request.Runs.Count == 0)
            throw new InputException("there is no run to draw; name at least one RUN.jsonl");
        if (request.Kind is not (FigureKind.Agreement or FigureKind.AgreementMap) && (request.Against.Count == 0 || request.Labels.Count != request.Runs.Count + request.Against.Count))
            CheckCount("--labels", request.Labels, request.Runs.Count);
        CheckCount("--models", request.Models, request.Runs.Count);
        if (request.Against.Count != 1)
            CheckCount("--against", request.Against, request.Runs.Count);
        if (request.Against.Count > 0 && request.Kind != FigureKind.Curves)
            throw new InputException("--against draws curves over others; leave out --kind or --against");
        if (request.Ratio && request.Kind != FigureKind.Curves)
            throw new InputException("--ratio adds a row of curves; leave out --kind or --ratio");
        var figure = request.Kind switch
        {
            FigureKind.Curves => RunCurves.Lines(request),
            FigureKind.HeatMap => RunCurves.HeatMap(request),
            FigureKind.Spectra => RunSpectra.Create(request),
            FigureKind.Noise => RunNoise.Create(request),
            FigureKind.NoiseProgress => RunNoise.OverSteps(request),
            FigureKind.Agreement => KernelFigures.OverLayers(request),
            FigureKind.AgreementMap => KernelFigures.Map(request),
            FigureKind.Steps => RunSteps.HeatMap(request),
            _ => RunSteps.Progress(request),
        };
        var unfinished = Unfinished(request).ToArray();
        return unfinished.Length == 0 ? figure : figure.Noting($"Not finished: {string.Join("; ", unfinished)}.");
    }

    /// <summary>The name of a set: its label, or else what tells its file's name from the others'.</summary>
    internal static string Label(FigureRequest request, int run) =>
        request.Labels.Count > 0 ? request.Labels[run] : RunLabels.FromPaths(request.Runs)[run];

    /// <summary>The name of a run's model: as given, or the last part of the path in its metadata; empty where neither is there.</summary>
    internal static string Model(FigureRequest request, int run, RunDescription? metadata)
    {
        if (request.Models.Count > 0)
            return request.Models[run];
        return metadata?.ModelName ?? "";
    }

    /// <summary>Positions of the projections to draw, in the order asked for.</summary>
    internal static int[] Chosen(FigureRequest request, IReadOnlyList<string> projections, string path)
    {
        if (request.Projections.Count == 0)
            return [.. Enumerable.Range(0, projections.Count)];
        return [.. request.Projections.Select(name =>
        {
            var at = projections.ToList().FindIndex(projection => string.Equals(projection, name, StringComparison.OrdinalIgnoreCase));
            return at >= 0 ? at : throw new InputException($"--projections {name}: {path} has no such projection; it has {string.Join(", ", projections)}");
        })];
    }

    internal static string Count(int examples) => string.Create(CultureInfo.InvariantCulture, $"n = {examples}");

    /// <summary>What stands beside a set's name: its examples, and how many a run that is not finished was to have.</summary>
    internal static string Detail(string examples, string run) =>
        RunProgress.OfUnfinished(run) is { } progress ? string.Create(CultureInfo.InvariantCulture, $"{examples} of {progress.Planned}") : examples;

    /// <summary>The runs that are not finished, by their labels, with what is there.</summary>
    private static IEnumerable<string> Unfinished(FigureRequest request) =>
        Enumerable.Range(0, request.Runs.Count).Select(run => (Label: Label(request, run), Path: request.Runs[run]))
            .Concat(AgainstNames.Labels(request).Zip(request.Against, (label, path) => (Label: label, Path: path)))
            .Select(run => (run.Label, Progress: RunProgress.OfUnfinished(run.Path)))
            .Where(run => run.Progress is not null)
            .Select(run => $"{run.Label} ({run.Progress})");

    private static void CheckCount(string option, IReadOnlyList<string> values, int runs)
    {
        if (values.Count != 0 && values.Count != runs)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{option} has {values.Count} entries for {runs} runs; give one for each run, in their order"));
    }
}
