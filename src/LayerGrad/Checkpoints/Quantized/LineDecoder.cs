using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LayerGrad.Checkpoints.Quantized.Codes;

namespace LayerGrad.Checkpoints.Quantized;

/// <summary>Makes elements of a line's codes, a group of them at a time; nothing is allocated.</summary>
internal static class LineDecoder
{
    private const int CodesOfFour = 16;

    /// <summary>Decodes a line.</summary>
    /// <param name="codes">Its codes.</param>
    /// <param name="table">What they stand for.</param>
    /// <param name="scaling">The scales and zero points of its groups.</param>
    /// <param name="layout">Which group an element belongs to.</param>
    /// <param name="destination">Takes the elements.</param>
    /// <typeparam name="T">float or double.</typeparam>
    public static void Decode<T>(ReadOnlySpan<byte> codes, CodeTable table, Scaling<T> scaling, ScaleLayout layout, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = Values<T>(table);
        if (layout.GroupOf is { } groupOf)
        {
            Scattered(codes, table, values, scaling, groupOf, destination);
            return;
        }

        if (typeof(T) == typeof(float) && table.Bits == 4 && Avx2.IsSupported && layout.GroupSize % Vector256<float>.Count == 0)
        {
            WordsOfLine(codes, table, scaling, layout.GroupSize, MemoryMarshal.Cast<T, float>(destination));
            return;
        }

        for (int group = 0, from = 0; from < destination.Length; group++, from += Math.Min(layout.GroupSize, destination.Length - from))
        {
            var part = destination.Slice(from, Math.Min(layout.GroupSize, destination.Length - from));
            if (table.Bits == 8)
                Bytes(codes.Slice(from, part.Length), values, scaling, group, part);
            else
                Halves(codes, from, table.HighFirst, values, scaling, group, part);
        }
    }

    private static void Bytes<T>(ReadOnlySpan<byte> codes, ReadOnlySpan<T> values, Scaling<T> scaling, int group, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (zero, scale) = (scaling.Zero(group), scaling.Scales[group]);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = scaling.Apply(values[codes[i]], zero, scale);
    }

    /// <summary>Codes of four bits: sixteen products, and then each element is one of them.</summary>
    private static void Halves<T>(ReadOnlySpan<byte> codes, int from, bool highFirst, ReadOnlySpan<T> values, Scaling<T> scaling, int group, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (zero, scale) = (scaling.Zero(group), scaling.Scales[group]);
        Span<T> products = stackalloc T[CodesOfFour];
        for (var i = 0; i < products.Length; i++)
            products[i] = scaling.Apply(values[i], zero, scale);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = products[Half(codes, from + i, highFirst)];
    }

    /// <summary>The same in float32 with vectors, eight elements at a time out of a word: groups are of whole words.</summary>
    private static void WordsOfLine<T>(ReadOnlySpan<byte> codes, CodeTable table, Scaling<T> scaling, int groupSize, Span<float> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Count = 8;
        var words = MemoryMarshal.Cast<byte, uint>(codes)[..(destination.Length / Count)];
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(destination)[..words.Length];
        var (lowest, highest) = (Vector256.Create(table.Values.AsSpan(0, Count)), Vector256.Create(table.Values.AsSpan(Count, Count)));
        var shifts = table.HighFirst ? Vector256.Create(4u, 0, 12, 8, 20, 16, 28, 24) : Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28);
        var scales = MemoryMarshal.Cast<T, float>(scaling.Scales);
        var wordsOfGroup = groupSize / Count;
        for (int group = 0, from = 0; from < words.Length; group++)
        {
            var (low, high) = Products(lowest, highest, float.CreateTruncating(scaling.Zero(group)), scales[group], scaling);
            for (var to = Math.Min(from + wordsOfGroup, words.Length); from < to; from++)
            {
                // The permutation looks at the lowest three bits alone, and the blend at the highest: bit 3 of the code.
                var index = Avx2.ShiftRightLogicalVariable(Vector256.Create(words[from]), shifts).AsInt32();
                vectors[from] = Avx.BlendVariable(Avx2.PermuteVar8x32(low, index), Avx2.PermuteVar8x32(high, index), (index << 28).AsSingle());
            }
        }

        for (var i = words.Length * Count; i < destination.Length; i++)
        {
            var element = scaling.Apply(T.CreateTruncating(table.Values[Half(codes, i, table.HighFirst)]), scaling.Zero(i / groupSize), scaling.Scales[i / groupSize]);
            destination[i] = float.CreateTruncating(element);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Low, Vector256<float> High) Products<T>(Vector256<float> low, Vector256<float> high, float zero, float scale, Scaling<T> scaling)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (low, high) = ((low - Vector256.Create(zero)) * scale, (high - Vector256.Create(zero)) * scale);
        if (scaling.Factor != T.One)
            (low, high) = (low * float.CreateTruncating(scaling.Factor), high * float.CreateTruncating(scaling.Factor));
        if (scaling.Divisor == T.One)
            return (low, high);
        var divisor = Vector256.Create(float.CreateTruncating(scaling.Divisor));
        return (low / divisor, high / divisor);
    }

    /// <summary>Codes whose groups are not neighbours.</summary>
    private static void Scattered<T>(ReadOnlySpan<byte> codes, CodeTable table, ReadOnlySpan<T> values, Scaling<T> scaling, ReadOnlySpan<int> groupOf, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < destination.Length; i++)
        {
            var (group, code) = (groupOf[i], table.Bits == 8 ? codes[i] : Half(codes, i, table.HighFirst));
            destination[i] = scaling.Apply(values[code], scaling.Zero(group), scaling.Scales[group]);
        }
    }

    private static int Half(ReadOnlySpan<byte> codes, int position, bool highFirst) =>
        (position & 1) != 0 == highFirst ? codes[position >> 1] & 15 : codes[position >> 1] >> 4;

    private static ReadOnlySpan<T> Values<T>(CodeTable table)
        where T : unmanaged => typeof(T) == typeof(float) ? MemoryMarshal.Cast<float, T>(table.Values) : MemoryMarshal.Cast<double, T>(table.Wide);
}
