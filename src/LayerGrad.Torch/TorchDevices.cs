using LayerGrad.Compute;

namespace LayerGrad.Torch;

/// <summary>The devices that compute with libtorch: GPUs, and libtorch's own kernels for processors.</summary>
public static class TorchDevices
{
    private static readonly Lazy<bool> s_registered = new(static () =>
    {
        DeviceFactory.Register(new TorchDeviceProvider());
        return true;
    });

    /// <summary>Makes them known under <c>--device torch</c>, <c>cuda[:K]</c> and <c>mps</c>, and <c>auto</c> to take a GPU where one works. Loads nothing; again, it does nothing.</summary>
    public static void Register() => _ = s_registered.Value;
}
