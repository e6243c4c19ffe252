using System.Buffers.Binary;

namespace LayerGrad.Runs.Tables;

/// <summary>A 64-bit hash of a text, by which examples are matched without holding their texts.</summary>
internal static class TextHash
{
    /// <summary>The first eight bytes of the SHA-256 of the text in UTF-8: two texts of a million share one with probability 3e-8.</summary>
    public static ulong Of(ReadOnlySpan<byte> utf8)
    {
        Span<byte> hash = stackalloc byte[32];
        Sha256.Of(utf8, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
