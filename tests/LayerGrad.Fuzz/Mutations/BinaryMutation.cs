using System.Buffers.Binary;

namespace LayerGrad.Fuzz.Mutations;

/// <summary>
/// Changes bytes. Half of the changes look for what is likely a length, a count, an offset or a type: a little-endian integer that is not zero and
/// not larger than the file, or a place near either end, where formats keep their headers and footers.
/// </summary>
internal static class BinaryMutation
{
    private const int Ends = 512;

    /// <summary>Makes one to four changes.</summary>
    /// <param name="bytes">They are not changed.</param>
    /// <param name="random">Chooses.</param>
    public static byte[] Mutate(byte[] bytes, Random random)
    {
        var changed = bytes.ToList();
        for (var changes = 1 + random.Next(4); changes > 0 && changed.Count > 0; changes--)
            Change(changed, random);
        return [.. changed];
    }

    private static void Change(List<byte> bytes, Random random)
    {
        var at = Place(bytes, random);
        var length = Math.Min(1 + random.Next(random.Of<int>([4, 16, 256])), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2 or 3 or 4:
                WriteInteger(bytes, at, random);
                break;
            case 5:
                bytes.RemoveRange(at, length);
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 7:
                var from = random.Next(bytes.Count - length + 1);
                var piece = bytes.GetRange(from, length);
                for (var i = 0; i < length; i++)
                    bytes[at + i] = piece[i];
                break;
            default:
                if (random.Next(3) == 0) // most that is cut short ends in the same refusal
                    bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }

    private static void WriteInteger(List<byte> bytes, int at, Random random)
    {
        Span<byte> buffer = stackalloc byte[8];
        var value = random.Of(Extremes.Integers);
        if (random.Next(3) == 0) // a little beside what stood there
        {
            for (var i = 0; i < 8; i++)
                buffer[i] = at + i < bytes.Count ? bytes[at + i] : (byte)0;
            value = BinaryPrimitives.ReadUInt64LittleEndian(buffer) + (ulong)(random.Next(17) - 8);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(buffer, value);
        var width = random.Of<int>([1, 2, 4, 8]);
        for (var i = 0; i < width && at + i < bytes.Count; i++)
            bytes[at + i] = buffer[i];
    }

    private static int Place(List<byte> bytes, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                return random.Next(Math.Min(Ends, bytes.Count));
            case 1:
                return bytes.Count - 1 - random.Next(Math.Min(Ends, bytes.Count));
            case 2:
                for (var tries = 0; tries < 50; tries++)
                {
                    var at = random.Next(bytes.Count);
                    if (at + 4 <= bytes.Count && bytes[at + 3] == 0 && (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)) is var value && value > 0 && value <= bytes.Count)
                        return at;
                }

                break;
        }

        return random.Next(bytes.Count);
    }
}
