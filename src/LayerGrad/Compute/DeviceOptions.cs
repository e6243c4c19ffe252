namespace LayerGrad.Compute;

/// <summary>On what to compute, as the user asks for it; <see cref="DeviceFactory"/> makes the device.</summary>
/// <param name="Name">The device: <c>auto</c>, or one of those that there are.</param>
/// <param name="Threads">Processor threads; null for as many as there are.</param>
/// <param name="Memory">Bytes that the work may use, of the device's own memory where it has one; null for most of what is free.</param>
/// <param name="Precision">In which numbers a device computes whose elements are float32; one whose elements are float64 has only those.</param>
internal sealed record DeviceOptions(string Name = DeviceFactory.Automatic, int? Threads = null, long? Memory = null, Precision Precision = Precision.Float32)
{
    /// <summary>Bytes of the host's memory for what a device with memory of its own streams from there; null for 70 % of what is free.</summary>
    public long? HostMemory { get; init; }

    /// <summary>How many processor threads work.</summary>
    public int ThreadCount => Threads ?? Environment.ProcessorCount;

    /// <summary>How many bytes the work may use.</summary>
    /// <exception cref="InputException">There is no such device here.</exception>
    public long MemoryBudget => Memory ?? DeviceFactory.DefaultBudget(Name);

    /// <summary>How many bytes of the host's memory may be used beside the device's own.</summary>
    public long HostMemoryBudget => HostMemory ?? SystemMemory.Default;

    /// <summary>The same for elements of a type: float64 elements are computed with in float64 whatever the run's precision is, and float32 elements never.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    public DeviceOptions For<T>() => typeof(T) == typeof(double) ? this with { Precision = Precision.Float64 }
        : Precision == Precision.Float64 ? this with { Precision = Precision.Float32 }
        : this;
}
