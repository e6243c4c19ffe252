using System.Globalization;
using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Torch.Devices;
using LayerGrad.Torch.Loading;
using TorchSharp;

namespace LayerGrad.Torch;

/// <summary>Makes the devices that compute with libtorch, which is loaded when the first of them is asked for.</summary>
internal sealed class TorchDeviceProvider : DeviceProvider
{
    private const string Processor = "torch";
    private const string Cuda = "cuda";
    private const string Metal = "mps";

    /// <summary>The first of NVIDIA's GPUs that have units for bfloat16 and TF32.</summary>
    private static readonly Version s_ampere = new(8, 0);

    /// <inheritdoc />
    public override IReadOnlyList<string> Names { get; } = [Processor, "cuda[:K]", Metal];

    /// <inheritdoc />
    public override string? Automatic => CudaDriver.MayHaveGpu() && CudaDriver.Instance is not null ? Cuda : null;

    /// <inheritdoc />
    public override bool Knows(string name) => name is Processor or Metal || TryNumber(name, out _);

    /// <inheritdoc />
    public override ResolvedDevice Resolve(string name) => name switch
    {
        Processor => ResolveProcessor(),
        Metal => throw new InputException("--device mps: the statistics of gradients need float64, which Apple's GPUs do not have; say --device cpu, or --device torch."),
        _ => ResolveCuda(name),
    };

    /// <inheritdoc />
    public override DeviceSizes Sizes<T>(ResolvedDevice device, DeviceOptions options) => new TorchSizes<T>(options.Precision, device.FreeMemory is not null, options.ThreadCount);

    /// <inheritdoc />
    public override Device<T> Create<T>(ResolvedDevice device, DeviceOptions options) => new TorchDevice<T>(Target(device), options.Precision, options.ThreadCount) { HostMemory = device.FreeMemory is null ? long.MaxValue : options.HostMemoryBudget };

    /// <inheritdoc />
    public override IReadOnlyList<DeviceFinding> Look() => TorchReport.Create();

    private static ResolvedDevice ResolveProcessor()
    {
        Named(Processor, LibTorch.Require);
        return new ResolvedDevice(Processor, Processor, [Precision.Float64, Precision.Float32, Precision.BFloat16]) { DependsOnThreads = true };
    }

    private static ResolvedDevice ResolveCuda(string name)
    {
        _ = TryNumber(name, out var number);
        Named(name, static () =>
        {
            if (CudaSupport.WhyNot() is { } reason)
                throw new InputException($"{reason}; or say --device cpu.");
        });
        var gpus = CudaDriver.Instance!.Gpus();
        if (number >= gpus.Count)
            throw new InputException($"--device {name}: there {(gpus.Count == 1 ? "is one GPU" : $"are {gpus.Count} GPUs")}, {Sentence.List(gpus.Select(gpu => $"cuda:{gpu.Index}"))}.");
        if (LibTorch.Test(new torch.Device(DeviceType.CUDA, number)) is { } fault)
            throw new InputException($"--device {name}: {gpus[number].Name} computes garbage with {LibTorch.Loaded.Told}: {fault}.");
        Precision[] precisions = gpus[number].Capability >= s_ampere
            ? [Precision.Float64, Precision.Float32, Precision.TensorFloat32, Precision.BFloat16]
            : [Precision.Float64, Precision.Float32];
        return new ResolvedDevice($"{Cuda}:{number}", Cuda, precisions) { Hardware = gpus[number].Name, FreeMemory = () => CudaDriver.Instance.FreeMemory(number) };
    }

    /// <summary>Puts the device that was asked for before the reason why it cannot be had.</summary>
    private static void Named(string name, Action require)
    {
        try
        {
            require();
        }
        catch (InputException error)
        {
            throw new InputException($"--device {name}: {error.Message}", error);
        }
    }

    private static torch.Device Target(ResolvedDevice device) =>
        TryNumber(device.Name, out var number) ? new torch.Device(DeviceType.CUDA, number) : torch.CPU;

    /// <summary>Reads <c>cuda</c> or <c>cuda:K</c>.</summary>
    private static bool TryNumber(string name, out int number)
    {
        number = 0;
        return name == Cuda
            || (name.StartsWith($"{Cuda}:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out number));
    }
}
