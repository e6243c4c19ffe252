using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>What the block formats share: unpacking nibbles and turning small integers into scaled floats.</summary>
/// <remarks>
/// Products and sums are rounded one by one, in the order of ggml's own <c>dequantize_row_*</c>, so that the values
/// are its values to the last bit; no multiply-add is fused.
/// </remarks>
internal static class Quants
{
    /// <summary>A half-precision number at the start of a span.</summary>
    public static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    /// <summary>Splits bytes into their lower and upper halves.</summary>
    /// <param name="packed">A multiple of 16 bytes.</param>
    /// <param name="low">Takes bits 0 to 3 of each.</param>
    /// <param name="high">Takes bits 4 to 7 of each.</param>
    public static void Nibbles(ReadOnlySpan<byte> packed, Span<byte> low, Span<byte> high)
    {
        var mask = Vector128.Create((byte)15);
        for (var i = 0; i < packed.Length; i += 16)
        {
            var bytes = Vector128.Create(packed.Slice(i, 16));
            (bytes & mask).CopyTo(low[i..]);
            (bytes >>> 4).CopyTo(high[i..]);
        }
    }

    /// <summary>Writes <c>scale · q</c>.</summary>
    /// <param name="quants">A multiple of 16 signed integers.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="destination">Takes as many floats.</param>
    public static void Scale(ReadOnlySpan<sbyte> quants, float scale, Span<float> destination)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            for (var i = 0; i < quants.Length; i += 16)
                (Vector512.ConvertToSingle(Sixteen(quants.Slice(i, 16))) * scale).CopyTo(destination[i..]);
            return;
        }

        for (var i = 0; i < quants.Length; i += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(quants.Slice(i, 16)));
            var (a, b) = Vector128.Widen(low);
            var (c, d) = Vector128.Widen(high);
            (Vector128.ConvertToSingle(a) * scale).CopyTo(destination[i..]);
            (Vector128.ConvertToSingle(b) * scale).CopyTo(destination[(i + 4)..]);
            (Vector128.ConvertToSingle(c) * scale).CopyTo(destination[(i + 8)..]);
            (Vector128.ConvertToSingle(d) * scale).CopyTo(destination[(i + 12)..]);
        }
    }

    /// <summary>Writes <c>scale · q + offset</c>.</summary>
    /// <param name="quants">A multiple of 16 unsigned integers up to 127.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="offset">What is added after it.</param>
    /// <param name="destination">Takes as many floats.</param>
    public static void ScaleAndShift(ReadOnlySpan<byte> quants, float scale, float offset, Span<float> destination)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var wide = Vector512.Create(offset);
            for (var i = 0; i < quants.Length; i += 16)
                ((Vector512.ConvertToSingle(Sixteen(MemoryMarshal.Cast<byte, sbyte>(quants.Slice(i, 16)))) * scale) + wide).CopyTo(destination[i..]);
            return;
        }

        var shift = Vector128.Create(offset);
        for (var i = 0; i < quants.Length; i += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(quants.Slice(i, 16)).AsSByte());
            var (a, b) = Vector128.Widen(low);
            var (c, d) = Vector128.Widen(high);
            ((Vector128.ConvertToSingle(a) * scale) + shift).CopyTo(destination[i..]);
            ((Vector128.ConvertToSingle(b) * scale) + shift).CopyTo(destination[(i + 4)..]);
            ((Vector128.ConvertToSingle(c) * scale) + shift).CopyTo(destination[(i + 8)..]);
            ((Vector128.ConvertToSingle(d) * scale) + shift).CopyTo(destination[(i + 12)..]);
        }
    }

    private static Vector512<int> Sixteen(ReadOnlySpan<sbyte> quants) =>
        Vector512.WidenLower(Vector256.WidenLower(Vector128.Create(quants).ToVector256Unsafe()).ToVector512Unsafe());

    /// <summary>Subtracts a number from each byte, giving signed integers in the same place.</summary>
    public static Span<sbyte> Centre(Span<byte> quants, byte zero)
    {
        var signed = MemoryMarshal.Cast<byte, sbyte>(quants);
        for (var i = 0; i < quants.Length; i += 16)
            (Vector128.Create(quants.Slice(i, 16)) - Vector128.Create(zero)).CopyTo(quants[i..]);
        return signed;
    }

    /// <summary>Adds to each of 32 quants the bit of its position, as bit 4.</summary>
    public static void AddFifthBits(uint bits, Span<byte> quants)
    {
        for (var i = 0; i < 32; i++)
            quants[i] |= (byte)((bits >> i & 1) << 4);
    }

    /// <summary>
    /// The scale and the minimum of sub-block <paramref name="j"/> of a Q4_K or Q5_K block: six bits each, eight of
    /// either packed in twelve bytes (<c>get_scale_min_k4</c> of ggml).
    /// </summary>
    public static (int Scale, int Min) SixBits(ReadOnlySpan<byte> scales, int j) => j < 4
        ? (scales[j] & 63, scales[j + 4] & 63)
        : ((scales[j + 4] & 15) | (scales[j - 4] >> 6 << 4), (scales[j + 4] >> 4) | (scales[j] >> 6 << 4));
}
