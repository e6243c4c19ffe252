using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Decoders;

/// <summary>A processor that counts what it multiplies.</summary>
internal sealed class CountingDevice<T>(int threads) : CpuDevice<T>(threads)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Multiply-adds of matrix products so far.</summary>
    public long MultiplyAdds { get; private set; }

    public override void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0)
    {
        MultiplyAdds += (long)c.Rows * c.Columns * (transposeA ? a.Rows : a.Columns);
        base.Multiply(a, transposeA, b, transposeB, c, alpha, beta);
    }
}
