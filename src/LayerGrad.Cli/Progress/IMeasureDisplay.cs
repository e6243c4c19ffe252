using LayerGrad.Measuring;

namespace LayerGrad.Cli.Progress;

/// <summary>Shows a run while it goes on.</summary>
internal interface IMeasureDisplay
{
    /// <summary>Runs the measuring and shows what its observer is told.</summary>
    MeasureSummary Show(Func<IMeasureObserver?, MeasureSummary> measure);
}

/// <summary>Shows nothing.</summary>
internal sealed class SilentDisplay : IMeasureDisplay
{
    public MeasureSummary Show(Func<IMeasureObserver?, MeasureSummary> measure) => measure(null);
}

/// <summary>Chooses how a run is shown.</summary>
internal static class MeasureDisplays
{
    /// <summary>A bar on a terminal, plain lines in a log, nothing when quiet; always on standard error.</summary>
    public static IMeasureDisplay Choose(bool quiet)
    {
        if (quiet)
            return new SilentDisplay();
        return Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb"
            ? new LogDisplay(Console.Error, TimeProvider.System, TimeSpan.FromSeconds(10))
            : new TerminalDisplay(TimeProvider.System);
    }
}
