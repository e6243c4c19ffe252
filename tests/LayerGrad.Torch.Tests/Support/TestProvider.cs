using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Torch.Tests.Support;

/// <summary>
/// Makes devices of libtorch's processor kernels under names of their own, which say how they are set. On one thread: the models are so small that more would
/// only wait for each other.
/// </summary>
internal sealed class TestProvider : DeviceProvider
{
    /// <summary>As the product makes it.</summary>
    public const string Plain = "test-torch";

    /// <summary>Set as on a GPU: examples computed together, and no symmetric problem solved on the host.</summary>
    public const string LikeGpu = "test-torch-together";

    private static readonly Lazy<bool> s_registered = new(static () =>
    {
        DeviceFactory.Register(new TestProvider());
        return true;
    });

    public override IReadOnlyList<string> Names => [Plain, LikeGpu];

    /// <summary>Makes the names known, once.</summary>
    public static void Register() => _ = s_registered.Value;

    public override bool Knows(string name) => Names.Contains(name);

    public override ResolvedDevice Resolve(string name) => new(name, name, [Precision.Float64, Precision.Float32, Precision.BFloat16]);

    public override DeviceSizes Sizes<T>(ResolvedDevice device, DeviceOptions options) => new TorchSizes<T>(options.Precision, ownMemory: false, threads: 1);

    public override Device<T> Create<T>(ResolvedDevice device, DeviceOptions options) => device.Name == Plain
        ? TestDevices.Create<T>(options.Precision, threads: 1)
        : TestDevices.Create<T>(options.Precision, rowsTogether: 1 << 14, largestForHost: 0, threads: 1);
}
