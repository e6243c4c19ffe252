using LayerGrad.Compute;
using LayerGrad.Measuring;

namespace LayerGrad.Torch.Loading;

/// <summary>What <c>doctor</c> says of libtorch and GPUs: what was found, what was looked at, and what is missing.</summary>
internal static class TorchReport
{
    private const string LibTorchSubject = "libtorch";
    private const string GpuSubject = "GPU";
    private const string Wanted = "wanted by --device torch and by GPUs; docs/gpu.md says what to install";

    /// <summary>All findings.</summary>
    public static IReadOnlyList<DeviceFinding> Create() => [.. Libraries(LibTorchSearch.OfThisMachine()), .. Gpus()];

    /// <summary>Every copy of libtorch up to the one that is taken.</summary>
    /// <param name="search">Where to look.</param>
    /// <param name="load">Loads the one that fits; null to load it as a device would.</param>
    internal static IEnumerable<DeviceFinding> Libraries(LibTorchSearch search, Func<LibTorchCandidate>? load = null)
    {
        foreach (var candidate in search.All())
        {
            if (candidate.Refusal is { } refusal)
            {
                yield return new DeviceFinding(LibTorchSubject, false, $"not used: {refusal}", Wanted);
                continue;
            }

            yield return Load(candidate, load);
            yield break;
        }

        yield return new DeviceFinding(LibTorchSubject, false, search.Looked.Count > 0 ? $"not found; looked at {string.Join(", ", search.Looked)}" : "none that fits", Wanted);
    }

    private static DeviceFinding Load(LibTorchCandidate candidate, Func<LibTorchCandidate>? load)
    {
        try
        {
            _ = load is null ? LibTorch.Loaded : load();
            return new DeviceFinding(
                LibTorchSubject, true, $"{candidate.Told}, {(candidate.HasCuda ? "with CUDA" : $"without CUDA ({string.Join(", ", candidate.MissingCuda)} not there)")}; loads and computes");
        }
        catch (InputException error)
        {
            return new DeviceFinding(LibTorchSubject, false, error.Message, Wanted);
        }
    }

    private static IEnumerable<DeviceFinding> Gpus()
    {
        if (CudaDriver.Instance is not { } driver)
        {
            yield return CudaDriver.MayHaveGpu()
                ? new DeviceFinding(GpuSubject, false, "an NVIDIA driver is loaded, and no GPU answers", "see what nvidia-smi says")
                : new DeviceFinding(GpuSubject, false, "none found", "none is needed: everything runs on the processor");
            yield break;
        }

        var reason = WhyNot();
        foreach (var gpu in driver.Gpus())
        {
            var free = reason is null ? $" ({ByteSize.Format(driver.FreeMemory(gpu.Index))} free)" : "";
            yield return new DeviceFinding(
                GpuSubject, reason is null,
                $"cuda:{gpu.Index} {gpu.Name}, {ByteSize.Format(gpu.Memory)}{free}, compute capability {gpu.Capability}, driver for CUDA up to {driver.CudaVersion}", reason);
        }
    }

    private static string? WhyNot()
    {
        try
        {
            return CudaSupport.WhyNot();
        }
        catch (InputException error)
        {
            return $"not used: {error.Message}";
        }
    }
}
