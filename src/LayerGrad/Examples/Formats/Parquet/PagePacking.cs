using System.IO.Compression;
using global::Parquet.Meta;
using K4os.Compression.LZ4;
using Snappier;
using ZstdSharp;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>Unpacks pages.</summary>
internal static class PagePacking
{
    /// <summary>Unpacks a page.</summary>
    /// <param name="codec">By what it is compressed.</param>
    /// <param name="packed">Its bytes.</param>
    /// <param name="plain">Filled with what comes out.</param>
    /// <exception cref="BrokenDataException">It is broken.</exception>
    /// <exception cref="UnreadDataException">The compression is not known.</exception>
    public static void Unpack(CompressionCodec codec, ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        var count = codec switch
        {
            CompressionCodec.UNCOMPRESSED => Copy(packed, plain),
            CompressionCodec.SNAPPY => Snappy.Decompress(packed, plain),
            CompressionCodec.GZIP => Inflate(new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress), plain),
            CompressionCodec.BROTLI => Unbrotli(packed, plain),
            CompressionCodec.ZSTD => Zstandard(packed, plain),
            CompressionCodec.LZ4_RAW => LZ4Codec.Decode(packed, plain),
            CompressionCodec.LZ4 => Hadoop(packed, plain),
            _ => throw new UnreadDataException($"columns compressed by {codec} are not read"),
        };
        if (count != plain.Length)
            throw new BrokenDataException($"a page gives {count} bytes and not {plain.Length}");
    }

    private static int Copy(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        packed.CopyTo(plain);
        return packed.Length;
    }

    private static int Inflate(Stream stream, Span<byte> plain)
    {
        using (stream)
            return stream.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
    }

    private static int Unbrotli(ReadOnlySpan<byte> packed, Span<byte> plain) =>
        BrotliDecoder.TryDecompress(packed, plain, out var count) ? count : throw new BrokenDataException("a page's brotli data is broken");

    private static int Zstandard(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        using var zstandard = new Decompressor();
        return zstandard.Unwrap(packed, plain);
    }

    /// <summary>
    /// The older LZ4: blocks as Hadoop frames them (two big-endian lengths, plain and packed, before each), as one block without lengths where an
    /// old writer left them out.
    /// </summary>
    private static int Hadoop(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        var (at, written) = (0, 0);
        while (at + 8 <= packed.Length)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packed[at..]);
            var size = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packed[(at + 4)..]);
            if (size > packed.Length - at - 8 || length > plain.Length - written)
                break;
            if (LZ4Codec.Decode(packed.Slice(at + 8, (int)size), plain[written..]) != length)
                break;
            at += 8 + (int)size;
            written += (int)length;
        }

        return at == packed.Length ? written : LZ4Codec.Decode(packed, plain);
    }
}
