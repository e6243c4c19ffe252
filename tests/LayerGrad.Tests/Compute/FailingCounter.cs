using System.Diagnostics.CodeAnalysis;
using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>Counts allocations, and refuses one of them as a device does whose memory is full.</summary>
/// <param name="at">Which one, from 1.</param>
internal sealed class FailingCounter(int at) : MemoryCounter
{
    private int _count;

    /// <summary>The allocations so far.</summary>
    public int Count => _count;

    [SuppressMessage("Usage", "MA0012:Do not raise reserved exception type", Justification = "As a device does whose memory is full.")]
    public override void Add(long bytes)
    {
        if (Interlocked.Increment(ref _count) == at)
            throw new InsufficientMemoryException($"the device has no {bytes} bytes more; give a smaller --memory");
        base.Add(bytes);
    }
}
