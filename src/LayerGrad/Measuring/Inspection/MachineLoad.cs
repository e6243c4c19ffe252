using System.Globalization;
using LayerGrad.Compute;

namespace LayerGrad.Measuring.Inspection;

/// <summary>What else this machine does. A short product may find a processor free where a long run has to share it.</summary>
internal static class MachineLoad
{
    private const string Source = "/proc/loadavg";

    /// <summary>How many times as long a run may take as on a machine that does nothing else: threads that want a processor, ours among them, over processors; 1 where that is not known.</summary>
    /// <param name="machine">On what the run computes; a GPU is not shared so.</param>
    public static double Factor(DeviceOptions machine)
    {
        if (DeviceFactory.Resolve(machine.Name).FreeMemory is not null || !File.Exists(Source))
            return 1;
        var text = File.ReadAllText(Source);
        return double.TryParse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture, out var load)
            ? Math.Max(1, (load + machine.ThreadCount) / Environment.ProcessorCount)
            : 1;
    }
}
