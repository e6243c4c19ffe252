using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LayerGrad.Compute;

/// <summary>
/// Puts vectors into slivers, element by element side by side, as the kernels of <see cref="ManagedProduct{T}"/> read them. Vectors that lie one after another are transposed in squares of eight or four.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Packs <paramref name="count"/> vectors of length <paramref name="k"/> into slivers of <paramref name="sliver"/> vectors, the last sliver filled up with zeros.</summary>
    /// <param name="sideBySide">The vectors lie side by side (element p of all of them in one row), not one after another.</param>
    /// <param name="sliver">Vectors in a sliver.</param>
    /// <param name="count">Vectors.</param>
    /// <param name="k">Their length.</param>
    /// <param name="from">The first element.</param>
    /// <param name="ld">Elements from one stored row to the next.</param>
    /// <param name="to">Where the slivers go.</param>
    public static void Pack<T>(bool sideBySide, int sliver, int count, int k, T* from, int ld, T* to)
        where T : unmanaged
    {
        for (var first = 0; first < count; first += sliver)
        {
            var width = Math.Min(sliver, count - first);
            var target = to + ((long)first * k);
            if (width < sliver)
                new Span<T>(target, sliver * k).Clear();
            if (sideBySide)
                PackColumns(sliver, width, k, from + first, ld, target);
            else
                PackRows(sliver, width, k, from + ((long)first * ld), ld, target);
        }
    }

    private static void PackColumns<T>(int sliver, int width, int k, T* from, int ld, T* to)
        where T : unmanaged
    {
        var bytes = width * sizeof(T);
        for (var p = 0; p < k; p++)
        {
            byte* source = (byte*)(from + ((long)p * ld)), target = (byte*)(to + ((long)p * sliver));
            var i = 0;
            for (; i + 32 <= bytes; i += 32)
                Vector256.Load(source + i).Store(target + i);
            for (; i + 16 <= bytes; i += 16)
                Vector128.Load(source + i).Store(target + i);
            for (; i < bytes; i += sizeof(T))
                *(T*)(target + i) = *(T*)(source + i);
        }
    }

    private static void PackRows<T>(int sliver, int width, int k, T* from, int ld, T* to)
        where T : unmanaged
    {
        var r = 0;
        for (; typeof(T) == typeof(float) && Avx.IsSupported && r + 8 <= width; r += 8)
            PackEight(sliver, k, (float*)from + ((long)r * ld), ld, (float*)to + r);
        for (; r + 4 <= width; r += 4)
        {
            var source = from + ((long)r * ld);
            var p = 0;
            if (typeof(T) == typeof(float) && Sse.IsSupported)
                p = PackFour(sliver, k, (float*)source, ld, (float*)to + r);
            else if (typeof(T) == typeof(double) && Avx.IsSupported)
                p = PackFour(sliver, k, (double*)source, ld, (double*)to + r);
            T* row0 = source, row1 = row0 + ld, row2 = row1 + ld, row3 = row2 + ld;
            for (var target = to + r + ((long)p * sliver); p < k; p++, target += sliver)
                (target[0], target[1], target[2], target[3]) = (row0[p], row1[p], row2[p], row3[p]);
        }

        for (; r < width; r++)
        {
            var row = from + ((long)r * ld);
            for (var p = 0; p < k; p++)
                to[((long)p * sliver) + r] = row[p];
        }
    }

    private static void PackEight(int sliver, int k, float* a, int ld, float* to)
    {
        var p = 0;
        float* b = a + (4L * ld);
        for (; p + 8 <= k; p += 8, to += 8L * sliver)
        {
            var (a0, a1, a2, a3) = Pairs(a + p, ld);
            var (b0, b1, b2, b3) = Pairs(b + p, ld);
            Avx.Permute2x128(a0, b0, 0x20).Store(to);
            Avx.Permute2x128(a1, b1, 0x20).Store(to + sliver);
            Avx.Permute2x128(a2, b2, 0x20).Store(to + (2L * sliver));
            Avx.Permute2x128(a3, b3, 0x20).Store(to + (3L * sliver));
            Avx.Permute2x128(a0, b0, 0x31).Store(to + (4L * sliver));
            Avx.Permute2x128(a1, b1, 0x31).Store(to + (5L * sliver));
            Avx.Permute2x128(a2, b2, 0x31).Store(to + (6L * sliver));
            Avx.Permute2x128(a3, b3, 0x31).Store(to + (7L * sliver));
        }

        for (; p < k; p++, to += sliver)
        {
            for (var r = 0; r < 8; r++)
                to[r] = a[((long)r * ld) + p];
        }
    }

    /// <summary>Four rows of eight, transposed within each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second, Vector256<float> Third, Vector256<float> Fourth) Pairs(float* a, int ld)
    {
        Vector256<float> row0 = Vector256.Load(a), row1 = Vector256.Load(a + ld), row2 = Vector256.Load(a + (2L * ld)), row3 = Vector256.Load(a + (3L * ld));
        Vector256<float> low01 = Avx.UnpackLow(row0, row1), high01 = Avx.UnpackHigh(row0, row1), low23 = Avx.UnpackLow(row2, row3), high23 = Avx.UnpackHigh(row2, row3);
        return (Avx.Shuffle(low01, low23, 0x44), Avx.Shuffle(low01, low23, 0xEE), Avx.Shuffle(high01, high23, 0x44), Avx.Shuffle(high01, high23, 0xEE));
    }

    /// <returns>How many elements of each row were packed.</returns>
    private static int PackFour(int sliver, int k, float* a, int ld, float* to)
    {
        float* row0 = a, row1 = a + ld, row2 = row1 + ld, row3 = row2 + ld;
        var p = 0;
        for (; p + 4 <= k; p += 4, to += 4L * sliver)
        {
            Vector128<float> v0 = Vector128.Load(row0 + p), v1 = Vector128.Load(row1 + p), v2 = Vector128.Load(row2 + p), v3 = Vector128.Load(row3 + p);
            Vector128<float> low01 = Sse.UnpackLow(v0, v1), low23 = Sse.UnpackLow(v2, v3), high01 = Sse.UnpackHigh(v0, v1), high23 = Sse.UnpackHigh(v2, v3);
            Sse.MoveLowToHigh(low01, low23).Store(to);
            Sse.MoveHighToLow(low23, low01).Store(to + sliver);
            Sse.MoveLowToHigh(high01, high23).Store(to + (2L * sliver));
            Sse.MoveHighToLow(high23, high01).Store(to + (3L * sliver));
        }

        return p;
    }

    /// <returns>How many elements of each row were packed.</returns>
    private static int PackFour(int sliver, int k, double* a, int ld, double* to)
    {
        double* row0 = a, row1 = a + ld, row2 = row1 + ld, row3 = row2 + ld;
        var p = 0;
        for (; p + 4 <= k; p += 4, to += 4L * sliver)
        {
            Vector256<double> v0 = Vector256.Load(row0 + p), v1 = Vector256.Load(row1 + p), v2 = Vector256.Load(row2 + p), v3 = Vector256.Load(row3 + p);
            Vector256<double> low01 = Avx.UnpackLow(v0, v1), low23 = Avx.UnpackLow(v2, v3), high01 = Avx.UnpackHigh(v0, v1), high23 = Avx.UnpackHigh(v2, v3);
            Avx.Permute2x128(low01, low23, 0x20).Store(to);
            Avx.Permute2x128(high01, high23, 0x20).Store(to + sliver);
            Avx.Permute2x128(low01, low23, 0x31).Store(to + (2L * sliver));
            Avx.Permute2x128(high01, high23, 0x31).Store(to + (3L * sliver));
        }

        return p;
    }
}
