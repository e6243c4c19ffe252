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
    private const int BlockK = 256;

    private readonly NativeBuffer<T> _packedA = new(counter);
    private readonly NativeBuffer<T> _packedB = new(counter);

    /// <summary>The bytes of the packed panels.</summary>
    public static long Bytes => (long)(BlockM + BlockN) * BlockK * sizeof(T);

    /// <summary>Rows of the tile of C that the kernel keeps in registers: as many as the registers hold beside a row of B.</summary>
    private static int TileRows => Vector512.IsHardwareAccelerated ? MicroKernel512.Rows : MicroKernel256.Rows;

    /// <summary>Columns of that tile.</summary>
    private static int TileColumns => Vector512.IsHardwareAccelerated ? 2 * Vector512<T>.Count : 2 * Vector256<T>.Count;

    private static int BlockM => 16 * TileRows;

    private static int BlockN => 2048;

    /// <inheritdoc/>
    public void Multiply(bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc) =>
        Product(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, lowerOnly: false);

    /// <inheritdoc/>
    public void SymmetricRank(bool trans, int n, int k, T alpha, T* x, int ldx, T beta, T* c, int ldc) =>
        Product(trans, !trans, n, n, k, alpha, x, ldx, x, ldx, beta, c, ldc, lowerOnly: true);

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
        for (var jc = 0; jc < n; jc += BlockN)
        {
            var nc = Math.Min(BlockN, n - jc);
            for (var pc = 0; pc < k; pc += BlockK)
            {
                var kc = Math.Min(BlockK, k - pc);
                Pack(!transB, TileColumns, nc, kc, b + (transB ? ((long)jc * ldb) + pc : ((long)pc * ldb) + jc), ldb, packedB);
                for (var ic = lowerOnly ? jc / BlockM * BlockM : 0; ic < m; ic += BlockM)
                {
                    var mc = Math.Min(BlockM, m - ic);
                    Pack(transA, TileRows, mc, kc, a + (transA ? ((long)pc * lda) + ic : ((long)ic * lda) + pc), lda, packedA);
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

    /// <summary>
    /// Packs <paramref name="count"/> vectors of length <paramref name="k"/> into slivers of <paramref name="sliver"/> vectors, element by element side by side, the last sliver filled up with zeros.
    /// </summary>
    /// <param name="sideBySide">The vectors lie side by side (element p of all of them in one row), not one after another.</param>
    /// <param name="sliver">Vectors in a sliver.</param>
    /// <param name="count">Vectors.</param>
    /// <param name="k">Their length.</param>
    /// <param name="from">The first element.</param>
    /// <param name="ld">Elements from one stored row to the next.</param>
    /// <param name="to">Where the slivers go.</param>
    private static void Pack(bool sideBySide, int sliver, int count, int k, T* from, int ld, T* to)
    {
        for (var first = 0; first < count; first += sliver)
        {
            var width = Math.Min(sliver, count - first);
            var target = to + ((long)first * k);
            if (width < sliver)
                new Span<T>(target, sliver * k).Clear();
            if (sideBySide)
            {
                for (var p = 0; p < k; p++)
                {
                    var source = from + ((long)p * ld) + first;
                    new ReadOnlySpan<T>(source, width).CopyTo(new Span<T>(target + ((long)p * sliver), width));
                }
            }
            else
            {
                PackRows(sliver, width, k, from + ((long)first * ld), ld, target);
            }
        }
    }

    private static void PackRows(int sliver, int width, int k, T* from, int ld, T* to)
    {
        var r = 0;
        for (; r + 4 <= width; r += 4)
        {
            T* row0 = from + ((long)r * ld), row1 = row0 + ld, row2 = row1 + ld, row3 = row2 + ld;
            var target = to + r;
            for (var p = 0; p < k; p++, target += sliver)
            {
                target[0] = row0[p];
                target[1] = row1[p];
                target[2] = row2[p];
                target[3] = row3[p];
            }
        }

        for (; r < width; r++)
        {
            var row = from + ((long)r * ld);
            for (var p = 0; p < k; p++)
                to[((long)p * sliver) + r] = row[p];
        }
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
