using System.Buffers.Binary;
using System.IO.Compression;
using ZstdSharp;

namespace LayerGrad.Examples.Formats;

/// <summary>What a compressed file holds. Data that is broken or cut off is the user's error, told in a line.</summary>
internal sealed class UnpackedStream : ForwardStream
{
    private readonly EndWatch? _packed;
    private readonly string _name;
    private readonly string _compression;
    private long _length;

    private UnpackedStream(Stream plain, EndWatch? packed, string name, string compression) : base(plain) => (_packed, _name, _compression) = (packed, name, compression);

    /// <summary>Unpacks gzip.</summary>
    /// <param name="file">The packed bytes; owned.</param>
    /// <param name="name">What errors call the file.</param>
    public static UnpackedStream Gzip(Stream file, string name)
    {
        var packed = new EndWatch(file);
        return new UnpackedStream(new GZipStream(packed, CompressionMode.Decompress), packed, name, "gzip");
    }

    /// <summary>Unpacks Zstandard.</summary>
    /// <param name="file">The packed bytes; owned.</param>
    /// <param name="name">What errors call the file.</param>
    public static UnpackedStream Zstandard(Stream file, string name) => new(new DecompressionStream(file, leaveOpen: false), null, name, "zstd");

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var count = Inner.Read(buffer);
            _length += count;

            // GZipStream takes an early end for the end. Each member ends with its length; that of the last one is at most what came out.
            if (count == 0 && buffer.Length > 0 && _packed is not null && _packed.LastLength > _length)
                throw new InputException($"{_name}: the gzip data is cut off; fetch the file again.");
            return count;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw new InputException($"{_name}: the {_compression} data is {(error is EndOfStreamException ? "cut off" : "broken")}; fetch the file again.", error);
        }
    }

    /// <summary>Passes bytes on and remembers the last four.</summary>
    private sealed class EndWatch(Stream inner) : ForwardStream(inner)
    {
        private readonly byte[] _last = new byte[4];

        /// <summary>The last four bytes as a number.</summary>
        public uint LastLength => BinaryPrimitives.ReadUInt32LittleEndian(_last);

        public override int Read(Span<byte> buffer)
        {
            var count = Inner.Read(buffer);
            var kept = Math.Min(count, _last.Length);
            _last.AsSpan(kept).CopyTo(_last);
            buffer.Slice(count - kept, kept).CopyTo(_last.AsSpan(_last.Length - kept));
            return count;
        }
    }
}
