using System.Numerics;
using System.Runtime.Intrinsics;

namespace LayerGrad.Compute;

/// <summary>
/// Matrix products without a BLAS library, built as Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), and BLIS build them: panels of
/// A and B are packed so that the innermost kernel, which keeps a tile of C in vector registers, reads both in order; the panel of B stays in the third-level cache, the block
/// of A in the second, a sliver of B in the first.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="counter">Is told of the packed panels.</param>
internal sealed unsafe class ManagedProduct<T>(MemoryCounter counter) : IMatrixProduct<T>
    where T : unmanaged, INumberBase<T>
{
    /// <summary>The longest sum between two passes over C.</summary>
    private const int BlockK = 512;

    private const int BlockN = 1024;

    private readonly NativeBuffer<T> _packedA = new(counter);
    private readonly NativeBuffer<T> _packedB = new(counter);

    /// <summary>The bytes of the packed panels.</summary>
    public static long Bytes => (long)(BlockM + BlockN) * BlockK * sizeof(T);

    /// <summary>Rows of the tile of C that the kernel keeps in registers: as many as the registers hold beside a row of B.</summary>
    private static int TileRows => Vector512.IsHardwareAccelerated ? MicroKernel512.Rows : MicroKernel256.Rows;

    /// <summary>Columns of that tile.</summary>
    private static int TileColumns => Vector512.IsHardwareAccelerated ? 2 * Vector512<T>.Count : 2 * Vector256<T>.Count;

    private static int BlockM => 16 * TileRows;

    /// <inheritdoc/>
    public void Multiply(bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc) =>
        Product(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, lowerOnly: false);

    /// <inheritdoc/>
    public void SymmetricRank(bool trans, int n, int k, T alpha, T* x, int ldx, T beta, T* c, int ldc) =>
        Product(trans, !trans, n, n, k, alpha, x, ldx, x, ldx, beta, c, ldc, lowerOnly: true);

    /// <inheritdoc/>
    public bool TryExtremes(int m, int n, int k, T* a, int lda, T* b, int ldb, out T max, out T min)
    {
        (max, min) = (T.Zero, T.Zero);
        if (k > BlockK || k <= 0 || !TileExtremes<T>.Fits(TileRows * TileColumns))
            return false;
        Reserve();
        var extremes = new TileExtremes<T>();
        var tile = stackalloc T[TileRows * TileColumns];
        for (var jc = 0; jc < n; jc += BlockN)
        {
            var nc = Math.Min(BlockN, n - jc);
            Packing.Pack(true, TileColumns, nc, k, b + jc, ldb, _packedB.Pointer);
            for (var ic = 0; ic < m; ic += BlockM)
            {
                var mc = Math.Min(BlockM, m - ic);
                Packing.Pack(true, TileRows, mc, k, a + ic, lda, _packedA.Pointer);
                for (var j = 0; j < nc; j += TileColumns)
                {
                    for (var i = 0; i < mc; i += TileRows)
                    {
                        Kernel(k, T.One, _packedA.Pointer + ((long)i * k), _packedB.Pointer + ((long)j * k), T.Zero, tile, TileColumns);
                        extremes.Add(tile, Math.Min(TileRows, mc - i), Math.Min(TileColumns, nc - j), TileRows, TileColumns);
                    }
                }
            }
        }

        return extremes.TryRead(out max, out min);
    }

    /// <inheritdoc/>
    public void Reserve()
    {
        _packedA.Reserve((long)BlockM * BlockK);
        _packedB.Reserve((long)BlockN * BlockK);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packedA.Dispose();
        _packedB.Dispose();
    }

    private void Product(bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, bool lowerOnly)
    {
        if (m <= 0 || n <= 0)
            return;
        if (k <= 0 || T.IsZero(alpha))
        {
            Scale(m, n, beta, c, ldc, lowerOnly);
            return;
        }

        Reserve();
        T* packedA = _packedA.Pointer, packedB = _packedB.Pointer;

        // Sums of about equal length.
        var passes = (k + BlockK - 1) / BlockK;
        var step = (k + passes - 1) / passes;
        for (var jc = 0; jc < n; jc += BlockN)
        {
            var nc = Math.Min(BlockN, n - jc);
            for (var pc = 0; pc < k; pc += step)
            {
                var kc = Math.Min(step, k - pc);
                Packing.Pack(!transB, TileColumns, nc, kc, b + (transB ? ((long)jc * ldb) + pc : ((long)pc * ldb) + jc), ldb, packedB);
                for (var ic = lowerOnly ? jc / BlockM * BlockM : 0; ic < m; ic += BlockM)
                {
                    var mc = Math.Min(BlockM, m - ic);
                    Packing.Pack(transA, TileRows, mc, kc, a + (transA ? ((long)pc * lda) + ic : ((long)ic * lda) + pc), lda, packedA);
                    Block(mc, nc, kc, alpha, packedA, packedB, pc == 0 ? beta : T.One, c + ((long)ic * ldc) + jc, ldc, lowerOnly ? ic - jc : int.MaxValue);
                }
            }
        }
    }

    /// <summary>
    /// One block of A times one panel of B. Row r of the block meets the diagonal at column <paramref name="diagonal"/> + r; tiles wholly beyond it are left out, and of tiles on it
    /// only the part up to it is stored.
    /// </summary>
    private static void Block(int m, int n, int k, T alpha, T* a, T* b, T beta, T* c, int ldc, int diagonal)
    {
        var (rows, columns) = (TileRows, TileColumns);
        var tile = stackalloc T[rows * columns];
        for (var j = 0; j < n; j += columns)
        {
            var width = Math.Min(columns, n - j);
            for (var i = 0; i < m; i += rows)
            {
                var height = Math.Min(rows, m - i);
                var limit = diagonal == int.MaxValue ? int.MaxValue : diagonal + i;
                if (limit != int.MaxValue && j > limit + height - 1)
                    continue;

                var target = c + ((long)i * ldc) + j;
                var whole = width == columns && height == rows && (limit == int.MaxValue || j + width - 1 <= limit);
                if (whole)
                {
                    Kernel(k, alpha, a + ((long)i * k), b + ((long)j * k), beta, target, ldc);
                    continue;
                }

                Kernel(k, alpha, a + ((long)i * k), b + ((long)j * k), T.Zero, tile, columns);
                for (var r = 0; r < height; r++)
                {
                    var stored = limit == int.MaxValue ? width : (int)Math.Min(width, Math.Max(0, (long)limit + r - j + 1));
                    Merge(stored, tile + (r * columns), beta, target + ((long)r * ldc));
                }
            }
        }
    }

    private static void Kernel(int k, T alpha, T* a, T* b, T beta, T* c, int ldc)
    {
        if (Vector512.IsHardwareAccelerated)
            MicroKernel512.Run(k, alpha, a, b, beta, c, ldc);
        else
            MicroKernel256.Run(k, alpha, a, b, beta, c, ldc);
    }

    private static void Merge(int width, T* from, T beta, T* to)
    {
        for (var j = 0; j < width; j++)
            to[j] = T.IsZero(beta) ? from[j] : from[j] + (beta * to[j]);
    }

    private static void Scale(int m, int n, T beta, T* c, int ldc, bool lowerOnly)
    {
        for (var i = 0; i < m; i++)
        {
            var row = new Span<T>(c + ((long)i * ldc), lowerOnly ? Math.Min(n, i + 1) : n);
            if (T.IsZero(beta))
                row.Clear();
            else
                System.Numerics.Tensors.TensorPrimitives.Multiply(row, beta, row);
        }
    }
}
