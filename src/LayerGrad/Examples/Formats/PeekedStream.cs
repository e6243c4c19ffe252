namespace LayerGrad.Examples.Formats;

/// <summary>A stream whose first bytes have been looked at.</summary>
internal sealed class PeekedStream : ForwardStream
{
    /// <summary>How many bytes are looked at.</summary>
    public const int HeadBytes = 4096;

    private readonly ReadOnlyMemory<byte> _head;
    private int _taken;

    private PeekedStream(Stream inner, ReadOnlyMemory<byte> head) : base(inner) => _head = head;

    /// <summary>What a file holds once it is decompressed, with its first bytes.</summary>
    /// <param name="file">The file; the stream that is returned owns it.</param>
    /// <param name="name">What errors call it.</param>
    /// <returns>The stream at its beginning (the file itself where it is not compressed), its first bytes, and by what it was compressed.</returns>
    public static (Stream Stream, ReadOnlyMemory<byte> Head, string? Compression) Decompressed(Stream file, string name)
    {
        try
        {
            var head = Head(file);
            var compression = head.Span switch
            {
                [0x1f, 0x8b, ..] => "gzip",
                [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
                _ => null,
            };
            if (file.CanSeek)
                file.Seek(0, SeekOrigin.Begin);
            Stream whole = file.CanSeek ? file : new PeekedStream(file, head);
            if (compression is null)
                return (whole, head, null);
            var plain = compression == "gzip" ? UnpackedStream.Gzip(whole, name) : UnpackedStream.Zstandard(whole, name);
            var inner = Head(plain);
            return (new PeekedStream(plain, inner), inner, compression);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The same bytes in a stream that can go back, for formats whose table of contents stands at the end.</summary>
    /// <param name="stream">The stream; the one that is returned owns it.</param>
    /// <param name="name">What errors call it.</param>
    public static Stream Seekable(Stream stream, string name)
    {
        if (stream.CanSeek)
            return stream;
        try
        {
            var copy = TemporaryFile.Open();
            using (stream)
                stream.CopyTo(copy);
            copy.Seek(0, SeekOrigin.Begin);
            return copy;
        }
        catch (IOException error)
        {
            throw new InputException($"{name}: cannot be unpacked into {Path.GetTempPath()}: {FileFailure.Reason(error)}", error);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (_taken == _head.Length)
            return Inner.Read(buffer);
        var count = Math.Min(buffer.Length, _head.Length - _taken);
        _head.Span.Slice(_taken, count).CopyTo(buffer);
        _taken += count;
        return count;
    }

    private static ReadOnlyMemory<byte> Head(Stream stream)
    {
        var head = new byte[HeadBytes];
        return head.AsMemory(0, stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false));
    }
}
