namespace LayerGrad.Compute;

/// <summary>On what to compute, as the user asks for it; <see cref="DeviceFactory"/> makes the device.</summary>
/// <param name="Name">The device: <c>auto</c>, or one of those that there are.</param>
/// <param name="Threads">Processor threads; null for as many as there are.</param>
/// <param name="Memory">Bytes that the work may use; null for 70 % of what is free.</param>
internal sealed record DeviceOptions(string Name = DeviceFactory.Automatic, int? Threads = null, long? Memory = null)
{
    /// <summary>How many processor threads work.</summary>
    public int ThreadCount => Threads ?? Environment.ProcessorCount;

    /// <summary>How many bytes the work may use.</summary>
    public long MemoryBudget => Memory ?? SystemMemory.Default;
}
