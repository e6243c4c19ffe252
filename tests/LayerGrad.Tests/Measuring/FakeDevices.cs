using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Tests.Compute;

namespace LayerGrad.Tests.Measuring;

/// <summary>Devices under names of their own that compute on the processor: a counter of the test's, or late, and as many as a test asks for.</summary>
internal sealed class FakeDevices : DeviceProvider, IDisposable
{
    /// <summary>Registers devices that nothing else in this process knows.</summary>
    public FakeDevices() => DeviceFactory.Register(this);

    /// <summary>The kind, and the name of the first.</summary>
    public string Kind { get; } = $"fake{Guid.NewGuid():N}";

    /// <summary>Counts the memory of each device that is made, by how many were made before.</summary>
    public Func<int, MemoryCounter> Counter { get; set; } = _ => new MemoryCounter();

    /// <summary>Whether devices do nothing before they are waited for.</summary>
    public bool Late { get; set; }

    /// <summary>How many were made.</summary>
    public int Made { get; private set; }

    /// <summary>None is advertised, so that other tests find the messages that they expect.</summary>
    public override IReadOnlyList<string> Names => [];

    /// <summary>The name of a device.</summary>
    public string this[int number] => $"{Kind}:{number}";

    /// <inheritdoc />
    public override bool Knows(string name) => name.StartsWith(Kind, StringComparison.Ordinal);

    /// <inheritdoc />
    public override ResolvedDevice Resolve(string name) => new(name, Kind, [Precision.Float64, Precision.Float32]) { Hardware = name.EndsWith('9') ? "another GPU" : "a GPU" };

    /// <inheritdoc />
    public override DeviceSizes Sizes<T>(ResolvedDevice device, DeviceOptions options) => new CpuSizes(Unsafe.SizeOf<T>(), options.ThreadCount);

    /// <inheritdoc />
    public override Device<T> Create<T>(ResolvedDevice device, DeviceOptions options) =>
        Late ? new LateDevice<T>(options.ThreadCount) : new CpuDevice<T>(options.ThreadCount, Counter(Made++));

    /// <inheritdoc />
    public void Dispose() => DeviceFactory.Unregister(this);
}
