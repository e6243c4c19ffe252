using System.Globalization;

namespace LayerGrad.Compute;

/// <summary>The memory of the machine.</summary>
internal static class SystemMemory
{
    private const double DefaultPart = 0.7;

    /// <summary>The bytes that can be taken without swapping: <c>MemAvailable</c>, or the limit of the container where that is lower.</summary>
    public static long Available
    {
        get
        {
            var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            return FromProc() is { } available ? Math.Min(available, limit) : limit;
        }
    }

    /// <summary>What a run takes at most where the user says nothing: 70 % of what is available.</summary>
    public static long Default => (long)(Available * DefaultPart);

    private static long? FromProc()
    {
        const string Source = "/proc/meminfo";
        if (!File.Exists(Source))
            return null;
        var line = File.ReadLines(Source).FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out var kibibytes)
            ? kibibytes * 1024
            : null;
    }
}
