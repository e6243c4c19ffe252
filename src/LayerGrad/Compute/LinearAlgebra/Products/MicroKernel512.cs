using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LayerGrad.Compute;

/// <summary>The innermost kernel of <see cref="ManagedProduct{T}"/> on 512-bit vectors: 24 accumulators, two vectors of B and a broadcast element of A fill 27 of the 32 registers of AVX-512.</summary>
internal static unsafe class MicroKernel512
{
    /// <summary>Rows of the tile of C.</summary>
    public const int Rows = 12;

    /// <summary>C = alpha A B + beta C on one tile of 12 rows and two vectors of columns.</summary>
    /// <param name="k">The dimension summed over.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">A sliver of A: k times 12 elements.</param>
    /// <param name="b">A sliver of B: k times two vectors.</param>
    /// <param name="beta">The factor of what C holds; where it is 0, C is only written.</param>
    /// <param name="c">The tile of C.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    [SkipLocalsInit]
    public static void Run<T>(int k, T alpha, T* a, T* b, T beta, T* c, int ldc)
        where T : unmanaged, INumberBase<T>
    {
        var width = Vector512<T>.Count;
        Vector512<T> c0l = Vector512<T>.Zero, c0r = Vector512<T>.Zero;
        Vector512<T> c1l = Vector512<T>.Zero, c1r = Vector512<T>.Zero;
        Vector512<T> c2l = Vector512<T>.Zero, c2r = Vector512<T>.Zero;
        Vector512<T> c3l = Vector512<T>.Zero, c3r = Vector512<T>.Zero;
        Vector512<T> c4l = Vector512<T>.Zero, c4r = Vector512<T>.Zero;
        Vector512<T> c5l = Vector512<T>.Zero, c5r = Vector512<T>.Zero;
        Vector512<T> c6l = Vector512<T>.Zero, c6r = Vector512<T>.Zero;
        Vector512<T> c7l = Vector512<T>.Zero, c7r = Vector512<T>.Zero;
        Vector512<T> c8l = Vector512<T>.Zero, c8r = Vector512<T>.Zero;
        Vector512<T> c9l = Vector512<T>.Zero, c9r = Vector512<T>.Zero;
        Vector512<T> c10l = Vector512<T>.Zero, c10r = Vector512<T>.Zero;
        Vector512<T> c11l = Vector512<T>.Zero, c11r = Vector512<T>.Zero;
        for (var p = 0; p < k; p++)
        {
            var left = Vector512.Load(b);
            var right = Vector512.Load(b + width);
            var a0 = Vector512.Create(a[0]);
            c0l = MultiplyAdd(a0, left, c0l);
            c0r = MultiplyAdd(a0, right, c0r);
            var a1 = Vector512.Create(a[1]);
            c1l = MultiplyAdd(a1, left, c1l);
            c1r = MultiplyAdd(a1, right, c1r);
            var a2 = Vector512.Create(a[2]);
            c2l = MultiplyAdd(a2, left, c2l);
            c2r = MultiplyAdd(a2, right, c2r);
            var a3 = Vector512.Create(a[3]);
            c3l = MultiplyAdd(a3, left, c3l);
            c3r = MultiplyAdd(a3, right, c3r);
            var a4 = Vector512.Create(a[4]);
            c4l = MultiplyAdd(a4, left, c4l);
            c4r = MultiplyAdd(a4, right, c4r);
            var a5 = Vector512.Create(a[5]);
            c5l = MultiplyAdd(a5, left, c5l);
            c5r = MultiplyAdd(a5, right, c5r);
            var a6 = Vector512.Create(a[6]);
            c6l = MultiplyAdd(a6, left, c6l);
            c6r = MultiplyAdd(a6, right, c6r);
            var a7 = Vector512.Create(a[7]);
            c7l = MultiplyAdd(a7, left, c7l);
            c7r = MultiplyAdd(a7, right, c7r);
            var a8 = Vector512.Create(a[8]);
            c8l = MultiplyAdd(a8, left, c8l);
            c8r = MultiplyAdd(a8, right, c8r);
            var a9 = Vector512.Create(a[9]);
            c9l = MultiplyAdd(a9, left, c9l);
            c9r = MultiplyAdd(a9, right, c9r);
            var a10 = Vector512.Create(a[10]);
            c10l = MultiplyAdd(a10, left, c10l);
            c10r = MultiplyAdd(a10, right, c10r);
            var a11 = Vector512.Create(a[11]);
            c11l = MultiplyAdd(a11, left, c11l);
            c11r = MultiplyAdd(a11, right, c11r);
            a += Rows;
            b += 2 * width;
        }

        var scale = Vector512.Create(alpha);
        var keep = Vector512.Create(beta);
        var overwrite = T.IsZero(beta);
        Store(c0l * scale, c0r * scale, keep, overwrite, c);
        Store(c1l * scale, c1r * scale, keep, overwrite, c + ldc);
        Store(c2l * scale, c2r * scale, keep, overwrite, c + (2L * ldc));
        Store(c3l * scale, c3r * scale, keep, overwrite, c + (3L * ldc));
        Store(c4l * scale, c4r * scale, keep, overwrite, c + (4L * ldc));
        Store(c5l * scale, c5r * scale, keep, overwrite, c + (5L * ldc));
        Store(c6l * scale, c6r * scale, keep, overwrite, c + (6L * ldc));
        Store(c7l * scale, c7r * scale, keep, overwrite, c + (7L * ldc));
        Store(c8l * scale, c8r * scale, keep, overwrite, c + (8L * ldc));
        Store(c9l * scale, c9r * scale, keep, overwrite, c + (9L * ldc));
        Store(c10l * scale, c10r * scale, keep, overwrite, c + (10L * ldc));
        Store(c11l * scale, c11r * scale, keep, overwrite, c + (11L * ldc));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> MultiplyAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged, INumberBase<T> =>
        typeof(T) == typeof(float) ? Vector512.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(Vector512<T> left, Vector512<T> right, Vector512<T> beta, bool overwrite, T* row)
        where T : unmanaged, INumberBase<T>
    {
        if (!overwrite)
        {
            left = MultiplyAdd(beta, Vector512.Load(row), left);
            right = MultiplyAdd(beta, Vector512.Load(row + Vector512<T>.Count), right);
        }

        left.Store(row);
        right.Store(row + Vector512<T>.Count);
    }
}
