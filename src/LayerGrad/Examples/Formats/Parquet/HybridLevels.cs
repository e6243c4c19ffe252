using System.Numerics;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>Runs and bit-packed groups of small numbers: levels and places in a dictionary (Encodings.md, RLE = 3).</summary>
internal static class HybridLevels
{
    /// <summary>Reads numbers.</summary>
    /// <param name="bytes">Where they stand.</param>
    /// <param name="width">Bits of a number, from 0 to 32.</param>
    /// <param name="numbers">Filled.</param>
    /// <exception cref="BrokenDataException">There are fewer, or they are broken.</exception>
    public static void Read(ReadOnlySpan<byte> bytes, int width, Span<int> numbers)
    {
        if (width > 32)
            throw new BrokenDataException($"numbers of {width} bits");
        if (width == 0)
        {
            numbers.Clear();
            return;
        }

        var (at, done) = (0, 0);
        while (done < numbers.Length)
        {
            var head = Varint(bytes, ref at);
            if ((head & 1) == 0)
            {
                var count = (int)Math.Min(head >> 1, (ulong)(numbers.Length - done));
                var value = 0u;
                for (var i = 0; i < (width + 7) / 8; i++)
                    value |= (uint)bytes[at++] << (8 * i);
                if (count == 0)
                    throw new BrokenDataException("a run of no numbers");
                numbers.Slice(done, count).Fill((int)value);
                done += count;
                continue;
            }

            var packed = (int)Math.Min((head >> 1) * 8, (ulong)(numbers.Length - done));
            if (packed == 0)
                throw new BrokenDataException("a group of no numbers");
            Unpack(bytes[at..], width, numbers.Slice(done, packed));
            at += (int)Math.Min((head >> 1) * (ulong)width, (ulong)(bytes.Length - at));
            done += packed;
        }
    }

    /// <summary>The bits that levels up to a largest one take.</summary>
    public static int Width(int largest) => 32 - BitOperations.LeadingZeroCount((uint)largest);

    /// <summary>Reads numbers of a few bits each, lowest bits first.</summary>
    /// <param name="bytes">Where they stand.</param>
    /// <param name="width">Bits of a number.</param>
    /// <param name="numbers">Filled.</param>
    private static void Unpack(ReadOnlySpan<byte> bytes, int width, Span<int> numbers)
    {
        var mask = width == 32 ? uint.MaxValue : (1u << width) - 1;
        var (held, bits, at) = (0UL, 0, 0);
        foreach (ref var number in numbers)
        {
            for (; bits < width; bits += 8)
                held |= (ulong)bytes[at++] << bits;
            number = (int)((uint)held & mask);
            held >>= width;
            bits -= width;
        }
    }

    /// <summary>A number of seven bits a byte, lowest first.</summary>
    public static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var number = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = bytes[at++];
            number |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return number;
        }

        throw new BrokenDataException("a number is too long");
    }
}
