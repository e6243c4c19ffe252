namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>Whole numbers as differences in packed blocks (Encodings.md, DELTA_BINARY_PACKED = 5).</summary>
internal static class DeltaNumbers
{
    /// <summary>Reads all numbers.</summary>
    /// <param name="bytes">Where they stand.</param>
    /// <param name="most">The most that there may be.</param>
    /// <param name="used">How many bytes they take.</param>
    /// <exception cref="BrokenDataException">They are broken.</exception>
    public static long[] Read(ReadOnlySpan<byte> bytes, int most, out int used)
    {
        var at = 0;
        var block = HybridLevels.Varint(bytes, ref at);
        var parts = HybridLevels.Varint(bytes, ref at);
        var total = HybridLevels.Varint(bytes, ref at);
        if (parts == 0 || block == 0 || block % parts != 0 || block > 1 << 20 || total > (ulong)most)
            throw new BrokenDataException("the sizes of packed differences are broken");
        var ofPart = (int)(block / parts);
        var numbers = new long[total];
        var value = Signed(bytes, ref at);
        if (total > 0)
            numbers[0] = value;
        for (var next = 1; next < numbers.Length;)
        {
            var least = Signed(bytes, ref at);
            var widths = bytes.Slice(at, (int)parts);
            at += (int)parts;
            for (var part = 0; part < (int)parts && next < numbers.Length; part++)
            {
                var width = widths[part];
                if (width > 64)
                    throw new BrokenDataException($"packed differences of {width} bits");
                var packed = bytes.Slice(at, Math.Min((ofPart * width + 7) / 8, bytes.Length - at));
                at += packed.Length;
                for (var i = 0; i < ofPart && next < numbers.Length; i++)
                    numbers[next++] = value = unchecked(value + least + (long)Bits(packed, (long)i * width, width));
            }
        }

        used = at;
        return numbers;
    }

    private static long Signed(ReadOnlySpan<byte> bytes, ref int at)
    {
        var number = HybridLevels.Varint(bytes, ref at);
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    /// <summary>A number of some bits, lowest first.</summary>
    private static ulong Bits(ReadOnlySpan<byte> bytes, long from, int width)
    {
        var number = 0UL;
        for (var bit = 0; bit < width;)
        {
            var (index, offset) = ((int)((from + bit) / 8), (int)((from + bit) % 8));
            var taken = Math.Min(8 - offset, width - bit);
            number |= (ulong)((bytes[index] >> offset) & ((1 << taken) - 1)) << bit;
            bit += taken;
        }

        return number;
    }
}
