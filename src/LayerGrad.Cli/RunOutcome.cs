using LayerGrad.Cli.Progress;
using LayerGrad.Measuring;

namespace LayerGrad.Cli;

/// <summary>What a finished run means for the exit status.</summary>
internal static class RunOutcome
{
    /// <summary>Says on standard error where a run holds nothing, because every example was skipped.</summary>
    /// <returns>The exit status.</returns>
    public static int Conclude(MeasureSummary summary)
    {
        if (!summary.MeasuredNothing)
            return CommandLine.Done;
        var first = summary.Skipped[0];
        var reason = summary.Skipped.Count == 1 ? first.Reason : $"{first.Count} because {first.Reason}";
        Terminal.Tell($"layergrad: {summary.Paths.Lines}: no example was measured: {Wording.Of(summary.Skipped.Sum(skip => skip.Count), "example")} skipped ({reason}); see {summary.Paths.Skipped}");
        return CommandLine.Failed;
    }
}
