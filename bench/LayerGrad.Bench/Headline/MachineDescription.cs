using LayerGrad.Compute;

namespace LayerGrad.Bench.Headline;

/// <summary>What the tables were measured on.</summary>
internal static class MachineDescription
{
    /// <summary>The processor as the system calls it, and the library.</summary>
    public static string Text()
    {
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{model ?? "unknown processor"}, {BlasLibrary.Description}, .NET {Environment.Version}";
    }
}
