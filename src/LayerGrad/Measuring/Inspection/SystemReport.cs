using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LayerGrad.Compute;

namespace LayerGrad.Measuring.Inspection;

/// <summary>Whether something that LayerGrad uses is there.</summary>
internal enum Availability
{
    /// <summary>It is there.</summary>
    Good,

    /// <summary>It is not there, and only some commands want it.</summary>
    Optional,

    /// <summary>It is not there, and runs are slower or impossible without it.</summary>
    Missing,
}

/// <summary>One line of what <c>layergrad doctor</c> says.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Availability">Whether it is there.</param>
/// <param name="Value">What was found.</param>
/// <param name="Advice">What to do about it; null where there is nothing to do.</param>
internal sealed record SystemCheck(string Subject, Availability Availability, string Value, string? Advice = null);

/// <summary>Looks at the machine: what LayerGrad computes with, and what is missing.</summary>
internal static class SystemReport
{
    /// <summary>All checks, the most needed first.</summary>
    public static IReadOnlyList<SystemCheck> Create() =>
    [
        new(".NET", Availability.Good, $"{Environment.Version} on {RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})"),
        new("Processor", Availability.Good, string.Create(CultureInfo.InvariantCulture, $"{ProcessorName()}, {Environment.ProcessorCount} threads, {VectorWidth()}-bit vectors")),
        Memory(),
        Blas(),
        .. Gpus(),
        TemporaryDisk(),
        Program("Slurm", "study --submit slurm", ["sbatch"], "only needed on a cluster, where it is installed"),
    ];

    private static SystemCheck Memory() =>
        new("Memory", Availability.Good, $"{ByteSize.Format(SystemMemory.Available)} free of {ByteSize.Format(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)}");

    private static SystemCheck Blas() => BlasLibrary.Missing is { } missing
        ? new("BLAS", Availability.Missing, BlasLibrary.Description, missing)
        : new("BLAS", Availability.Good, BlasLibrary.Description);

    /// <summary>What the libraries for other devices find; where none is there, a processor is all there is.</summary>
    private static IEnumerable<SystemCheck> Gpus() => DeviceFactory.Look() is { } findings
        ? findings.Select(finding => new SystemCheck(finding.Subject, finding.Found ? Availability.Good : Availability.Optional, finding.Value, finding.Advice))
        : [new("GPU", Availability.Optional, "not looked for", "this build computes on the processor only")];

    private static SystemCheck TemporaryDisk()
    {
        var folder = Path.GetTempPath();
        var free = new DriveInfo(folder).AvailableFreeSpace;
        return free > 1L << 30
            ? new("Temporary files", Availability.Good, $"{ByteSize.Format(free)} free in {folder}")
            : new("Temporary files", Availability.Missing, $"{ByteSize.Format(free)} free in {folder}", "free some, or point TMPDIR to another disk");
    }

    private static SystemCheck Program(string subject, string use, string[] names, string advice)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        return found is null ? new(subject, Availability.Optional, $"not found; wanted by {use}", advice) : new(subject, Availability.Good, found);
    }

    private static int VectorWidth() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static string ProcessorName()
    {
        const string Source = "/proc/cpuinfo";
        var line = File.Exists(Source) ? File.ReadLines(Source).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
