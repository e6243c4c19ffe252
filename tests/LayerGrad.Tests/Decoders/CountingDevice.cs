using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Decoders;

/// <summary>A processor that knows how much of its memory is taken at a time.</summary>
internal sealed class CountingDevice<T>(int threads) : CpuDevice<T>(threads)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<CpuMemory<T>> _live = [];

    /// <summary>The most elements that were allocated at a time.</summary>
    public long Peak { get; private set; }

    public override unsafe DeviceMemory<T> Allocate(long length)
    {
        var memory = (CpuMemory<T>)base.Allocate(length);
        _live.RemoveAll(one => one.Pointer == null);
        _live.Add(memory);
        Peak = Math.Max(Peak, _live.Sum(one => one.Length));
        return memory;
    }
}
