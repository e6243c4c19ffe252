
using LayerGrad.Measuring.Kernels;

namespace LayerGrad.Cli.Progress;

/// <summary>Shows a run while it goes on.</summary>
internal interface IMeasureDisplay
{
    /// <summary>Runs the measuring, or the computing of a kernel, and shows what its observer is told.</summary>
    TSummary Show<TSummary>(Func<IKernelObserver?, TSummary> measure);
}

/// <summary>Shows nothing.</summary>
internal sealed class SilentDisplay : IMeasureDisplay
{
    public TSummary Show<TSummary>(Func<IKernelObserver?, TSummary> measure) => measure(null);
}

/// <summary>Chooses how a run is shown.</summary>
internal static class MeasureDisplays
{
    /// <summary>A bar on a terminal, plain lines in a log, nothing when quiet; always on standard error.</summary>
    public static IMeasureDisplay Choose(bool quiet)
    {
        if (quiet)
            return new SilentDisplay();
        return Terminal.HasBars
            ? new TerminalDisplay(TimeProvider.System)
            : new LogDisplay(Console.Error, TimeProvider.System);
    }
}
