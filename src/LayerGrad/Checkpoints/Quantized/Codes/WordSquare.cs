using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LayerGrad.Checkpoints.Quantized.Codes;

/// <summary>Squares of eight by eight words, which change places across the diagonal.</summary>
internal static class WordSquare
{
    /// <summary>Its rows and its columns.</summary>
    public const int Size = 8;

    /// <summary>Transposes one.</summary>
    /// <param name="from">The words, from the first of the square on.</param>
    /// <param name="fromSpacing">How far its rows stand apart there.</param>
    /// <param name="to">Takes the words.</param>
    /// <param name="toSpacing">How far its rows stand apart here.</param>
    public static void Transpose(ReadOnlySpan<uint> from, int fromSpacing, Span<uint> to, int toSpacing)
    {
        if (!Avx2.IsSupported)
        {
            for (var row = 0; row < Size; row++)
            {
                for (var column = 0; column < Size; column++)
                    to[(column * toSpacing) + row] = from[(row * fromSpacing) + column];
            }

            return;
        }

        // In variables of their own, so that they stay in registers. Words of pairs of rows, then pairs of words of four rows, then halves of eight.
        var (a, b) = Pairs(from, fromSpacing, 0);
        var (c, d) = Pairs(from, fromSpacing, 2);
        var (e, f) = Pairs(from, fromSpacing, 4);
        var (g, h) = Pairs(from, fromSpacing, 6);
        var (p, q) = Fours(a, c);
        var (r, s) = Fours(b, d);
        var (t, u) = Fours(e, g);
        var (v, w) = Fours(f, h);
        Halves(p, t, to, toSpacing, 0);
        Halves(q, u, to, toSpacing, 1);
        Halves(r, v, to, toSpacing, 2);
        Halves(s, w, to, toSpacing, 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> Low, Vector256<uint> High) Pairs(ReadOnlySpan<uint> from, int spacing, int row)
    {
        var (first, second) = (Load(from, row * spacing), Load(from, (row + 1) * spacing));
        return (Avx2.UnpackLow(first, second), Avx2.UnpackHigh(first, second));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> Low, Vector256<uint> High) Fours(Vector256<uint> first, Vector256<uint> second) =>
        (Avx2.UnpackLow(first.AsUInt64(), second.AsUInt64()).AsUInt32(), Avx2.UnpackHigh(first.AsUInt64(), second.AsUInt64()).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(Vector256<uint> first, Vector256<uint> second, Span<uint> to, int spacing, int row)
    {
        Avx2.Permute2x128(first, second, 0x20).CopyTo(to.Slice(row * spacing, Size));
        Avx2.Permute2x128(first, second, 0x31).CopyTo(to.Slice((row + 4) * spacing, Size));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Load(ReadOnlySpan<uint> from, int position) => Vector256.Create(from.Slice(position, Size));
}
