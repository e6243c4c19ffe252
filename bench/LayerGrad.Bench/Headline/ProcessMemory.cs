using System.Globalization;

namespace LayerGrad.Bench.Headline;

/// <summary>The memory of this process.</summary>
internal static class ProcessMemory
{
    /// <summary>The most that was resident at a time, in bytes (Linux).</summary>
    public static long Peak() => Read("VmHWM:");

    private static long Read(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
