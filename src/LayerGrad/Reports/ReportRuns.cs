using LayerGrad.Figures;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Reports;

/// <summary>What the runs of a report have in common: their metrics, and their training steps where they are a probe's.</summary>
internal sealed record ReportRuns(IReadOnlyList<Metric> Metrics, int? Step, bool HasSteps)
{
    /// <summary>Looks at the beginning of every run.</summary>
    /// <exception cref="InputException">A run is empty or cannot be read, or some are a probe's and others not.</exception>
    public static ReportRuns Look(ReportRequest request)
    {
        var metrics = request.Metrics.Count > 0 ? [.. request.Metrics] : Metric.All.Where(metric => !metric.IsOnRequest).ToList();
        bool? steps = null;
        foreach (var path in request.Runs.Concat(request.Against))
        {
            using var reader = new RunReader(path, new RunReaderOptions { SkipBad = request.SkipBad });
            if (!reader.Read())
                throw new InputException($"{path}: is empty; there is no example to report");
            if (request.Metrics.Count == 0)
                metrics.RemoveAll(metric => !metric.IsIn(reader));
            if (steps is { } known && known != reader.Current.Step is not null)
                throw new InputException($"{path}: {(known ? "has no training steps, and the runs before it have" : "has training steps, and the runs before it have none")}; report them apart");
            steps = reader.Current.Step is not null;
        }

        if (metrics.Count == 0)
            throw new InputException("the runs have no metric in common; measure them again with the same options");
        var step = steps == true ? request.Step ?? LastStep(request) : request.Step;
        return new(metrics, step, steps == true);
    }

    private static int LastStep(ReportRequest request) => request.Runs.Concat(request.Against)
        .Select(path => StepRun.Read(path, Metric.NuclearNorm, request.SkipBad).Steps.Keys.Max()).Min();
}
