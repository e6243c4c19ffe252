namespace LayerGrad.Checkpoints;

/// <summary>Bytes of a file that are no elements by themselves, such as the packed values of a quantised tensor.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The tensor's name, for error messages.</param>
/// <param name="Offset">The position of the first byte.</param>
/// <param name="Length">How many there are.</param>
internal sealed record StoredBytes(CheckpointFile File, string Name, long Offset, long Length)
{
    /// <summary>Reads the bytes from <paramref name="start"/> on.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="destination">What is filled.</param>
    public void Read(long start, Span<byte> destination)
    {
        if (start < 0 || start > Length - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(start), $"bytes [{start}, {start + destination.Length}) of {Name}, which has {Length}");
        File.Read(Offset + start, destination, Name);
    }

    /// <summary>Some neighbouring bytes.</summary>
    public StoredBytes Slice(long first, long count) => this with { Offset = Offset + first, Length = count };

    /// <summary>Tells in which parts of which files they stand.</summary>
    /// <param name="range">Is told of each part.</param>
    public void Ranges(FileRange range) => range(File, Offset, Length);
}
