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

    /// <summary>Elements that are allocated now.</summary>
    public unsafe long Live => _live.Where(one => one.Pointer != null).Sum(one => one.Length);

    /// <summary>Multiply-adds of matrix products so far.</summary>
    public long MultiplyAdds { get; private set; }

    public override void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0)
    {
        MultiplyAdds += (long)c.Rows * c.Columns * (transposeA ? a.Rows : a.Columns);
        base.Multiply(a, transposeA, b, transposeB, c, alpha, beta);
    }

    public override unsafe DeviceMemory<T> Allocate(long length)
    {
        var memory = (CpuMemory<T>)base.Allocate(length);
        _live.RemoveAll(one => one.Pointer == null);
        _live.Add(memory);
        Peak = Math.Max(Peak, _live.Sum(one => one.Length));
        return memory;
    }
}
