using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>The largest and the smallest element of a weight gradient G = Δᵀ X, which do not follow from inner products: G is formed a tile at a time and thrown away.</summary>
internal static unsafe class GradientExtremes
{
    private const int TileRows = 192;
    private const int TileColumns = 768;

    /// <summary>Computes both in the calling thread. NaN where G holds one; zeros where there is no token.</summary>
    /// <param name="delta">Δ, tokens × out, row-major.</param>
    /// <param name="ldd">Elements from one row of Δ to the next.</param>
    /// <param name="outFeatures">Columns of Δ.</param>
    /// <param name="x">X, tokens × in, row-major.</param>
    /// <param name="ldx">Elements from one row of X to the next.</param>
    /// <param name="inFeatures">Columns of X.</param>
    /// <param name="n">Tokens.</param>
    /// <param name="workspace">Grows to hold a tile; reused by the next call.</param>
    /// <param name="max">The largest element.</param>
    /// <param name="min">The smallest.</param>
    public static void Compute<T>(T* delta, int ldd, int outFeatures, T* x, int ldx, int inFeatures, int n, NativeBuffer<T> workspace, out T max, out T min)
        where T : unmanaged, INumber<T>
    {
        (max, min) = (T.Zero, T.Zero);
        if (n <= 0 || outFeatures <= 0 || inFeatures <= 0)
            return;

        var tile = workspace.Reserve(TileRows * TileColumns);
        for (var i = 0; i < outFeatures; i += TileRows)
        {
            var rows = Math.Min(TileRows, outFeatures - i);
            for (var j = 0; j < inFeatures; j += TileColumns)
            {
                var columns = Math.Min(TileColumns, inFeatures - j);
                Gemm<T>.Multiply(true, false, rows, columns, n, T.One, delta + i, ldd, x + j, ldx, T.Zero, tile, columns, null);
                var values = new ReadOnlySpan<T>(tile, rows * columns);
                var (largest, smallest) = (TensorPrimitives.Max(values), TensorPrimitives.Min(values));
                (max, min) = i + j == 0 ? (largest, smallest) : (T.Max(max, largest), T.Min(min, smallest));
            }
        }
    }
}
