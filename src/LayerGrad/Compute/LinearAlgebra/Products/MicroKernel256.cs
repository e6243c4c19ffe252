using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LayerGrad.Compute;

/// <summary>The innermost kernel of <see cref="ManagedProduct{T}"/> on 256-bit vectors: 12 accumulators, two vectors of B and a broadcast element of A fill 15 of the 16 registers of AVX2.</summary>
internal static unsafe class MicroKernel256
{
    /// <summary>Rows of the tile of C.</summary>
    public const int Rows = 6;

    /// <summary>C = alpha A B + beta C on one tile of 6 rows and two vectors of columns.</summary>
    /// <param name="k">The dimension summed over.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">A sliver of A: k times 6 elements.</param>
    /// <param name="b">A sliver of B: k times two vectors.</param>
    /// <param name="beta">The factor of what C holds; where it is 0, C is only written.</param>
    /// <param name="c">The tile of C.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    [SkipLocalsInit]
    public static void Run<T>(int k, T alpha, T* a, T* b, T beta, T* c, int ldc)
        where T : unmanaged, INumberBase<T>
    {
        var width = Vector256<T>.Count;
        Vector256<T> c0l = Vector256<T>.Zero, c0r = Vector256<T>.Zero;
        Vector256<T> c1l = Vector256<T>.Zero, c1r = Vector256<T>.Zero;
        Vector256<T> c2l = Vector256<T>.Zero, c2r = Vector256<T>.Zero;
        Vector256<T> c3l = Vector256<T>.Zero, c3r = Vector256<T>.Zero;
        Vector256<T> c4l = Vector256<T>.Zero, c4r = Vector256<T>.Zero;
        Vector256<T> c5l = Vector256<T>.Zero, c5r = Vector256<T>.Zero;
        for (var p = 0; p < k; p++)
        {
            var left = Vector256.Load(b);
            var right = Vector256.Load(b + width);
            var a0 = Vector256.Create(a[0]);
            c0l = MultiplyAdd(a0, left, c0l);
            c0r = MultiplyAdd(a0, right, c0r);
            var a1 = Vector256.Create(a[1]);
            c1l = MultiplyAdd(a1, left, c1l);
            c1r = MultiplyAdd(a1, right, c1r);
            var a2 = Vector256.Create(a[2]);
            c2l = MultiplyAdd(a2, left, c2l);
            c2r = MultiplyAdd(a2, right, c2r);
            var a3 = Vector256.Create(a[3]);
            c3l = MultiplyAdd(a3, left, c3l);
            c3r = MultiplyAdd(a3, right, c3r);
            var a4 = Vector256.Create(a[4]);
            c4l = MultiplyAdd(a4, left, c4l);
            c4r = MultiplyAdd(a4, right, c4r);
            var a5 = Vector256.Create(a[5]);
            c5l = MultiplyAdd(a5, left, c5l);
            c5r = MultiplyAdd(a5, right, c5r);
            a += Rows;
            b += 2 * width;
        }

        var scale = Vector256.Create(alpha);
        var keep = Vector256.Create(beta);
        var overwrite = T.IsZero(beta);
        Store(c0l * scale, c0r * scale, keep, overwrite, c);
        Store(c1l * scale, c1r * scale, keep, overwrite, c + ldc);
        Store(c2l * scale, c2r * scale, keep, overwrite, c + (2L * ldc));
        Store(c3l * scale, c3r * scale, keep, overwrite, c + (3L * ldc));
        Store(c4l * scale, c4r * scale, keep, overwrite, c + (4L * ldc));
        Store(c5l * scale, c5r * scale, keep, overwrite, c + (5L * ldc));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> MultiplyAdd<T>(Vector256<T> a, Vector256<T> b, Vector256<T> c)
        where T : unmanaged, INumberBase<T> =>
        typeof(T) == typeof(float) ? Vector256.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector256.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(Vector256<T> left, Vector256<T> right, Vector256<T> beta, bool overwrite, T* row)
        where T : unmanaged, INumberBase<T>
    {
        if (!overwrite)
        {
            left = MultiplyAdd(beta, Vector256.Load(row), left);
            right = MultiplyAdd(beta, Vector256.Load(row + Vector256<T>.Count), right);
        }

        left.Store(row);
        right.Store(row + Vector256<T>.Count);
    }
}
