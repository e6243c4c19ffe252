using System.Globalization;
using LayerGrad.Compute;

namespace LayerGrad.Studies;

/// <summary>The GPUs of this machine, one for each process that works on a study side by side with others.</summary>
internal static class LocalGpus
{
    /// <summary>The variable that says which GPUs a process sees.</summary>
    public const string Variable = "CUDA_VISIBLE_DEVICES";

    /// <summary>How many processes share the memory that a device computes in: all where it is the host's, none with another where each has a GPU.</summary>
    /// <param name="device">The study's device.</param>
    /// <param name="processes">How many there will be.</param>
    /// <exception cref="InputException">There are fewer GPUs than processes.</exception>
    public static int SharersOfMemory(string device, int processes)
    {
        var resolved = DeviceFactory.Resolve(device);
        if (resolved.FreeMemory is null || processes == 1)
            return processes;
        if (device == resolved.Name)
            throw new InputException($"--jobs {processes}: measure.device is {device}, one GPU, and each process computes on one of its own; say device: {resolved.Kind}.");
        try
        {
            _ = DeviceFactory.Resolve(string.Create(CultureInfo.InvariantCulture, $"{resolved.Kind}:{processes - 1}"));
        }
        catch (InputException error)
        {
            throw new InputException($"--jobs {processes}: each process computes on a GPU of its own: {error.Message}", error);
        }

        return 1;
    }

    /// <summary>What <see cref="Variable"/> is for a process; null to leave it as it is.</summary>
    /// <param name="device">The study's device.</param>
    /// <param name="processes">How many there are.</param>
    /// <param name="number">Which one of them, from 0.</param>
    /// <param name="visible">What the variable is for this process.</param>
    public static string? VisibleTo(string device, int processes, int number, string? visible) =>
        processes == 1 || DeviceFactory.Resolve(device).FreeMemory is null ? null : Nth(visible, number);

    /// <summary>The GPU of that number among those that a list leaves.</summary>
    internal static string Nth(string? visible, int number) => string.IsNullOrWhiteSpace(visible)
        ? number.ToString(CultureInfo.InvariantCulture)
        : visible.Split(',', StringSplitOptions.TrimEntries)[number];
}
