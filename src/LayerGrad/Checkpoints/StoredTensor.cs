using System.Buffers;
using System.Runtime.InteropServices;
using LayerGrad.Checkpoints.Formats;

namespace LayerGrad.Checkpoints;

/// <summary>A run of elements in a file, in one format, read from any element on.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The tensor's name, for error messages.</param>
/// <param name="Format">How the elements are stored.</param>
/// <param name="Offset">The position of its first byte in the file.</param>
/// <param name="Elements">How many elements there are; a whole number of blocks.</param>
internal sealed record StoredTensor(CheckpointFile File, string Name, TensorFormat Format, long Offset, long Elements) : ISlicedElements
{
    // Fits the second-level cache together with what it is converted to, and is long enough to hide the system call.
    private const int BufferBytes = 128 * 1024;

    /// <summary>What the elements take in the file, in bytes.</summary>
    public long Bytes => Elements / Format.BlockElements * Format.BlockBytes;

    /// <summary>Reads the elements <c>[start, start + destination.Length)</c> as float32.</summary>
    public void Read(long start, Span<float> destination)
    {
        CheckRange(start, destination.Length);
        if (Format is F32Format)
        {
            ReadBytes(start * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }

        var within = (int)(start % Format.BlockElements);
        if (within != 0)
        {
            var head = Math.Min(destination.Length, Format.BlockElements - within);
            ReadPartOfBlock(start / Format.BlockElements, within, destination[..head]);
            start += head;
            destination = destination[head..];
        }

        var whole = destination.Length / Format.BlockElements;
        ReadBlocks(start / Format.BlockElements, whole, destination);
        var rest = destination[(whole * Format.BlockElements)..];
        if (!rest.IsEmpty)
            ReadPartOfBlock((start / Format.BlockElements) + whole, 0, rest);
    }

    /// <summary>Reads the elements <c>[start, start + destination.Length)</c> as float64.</summary>
    public void Read(long start, Span<double> destination)
    {
        CheckRange(start, destination.Length);
        if (Format is F64Format)
        {
            ReadBytes(start * sizeof(double), MemoryMarshal.AsBytes(destination));
            return;
        }

        // Every other format's values are exact in float32.
        ElementReading.Widen(this, start, destination);
    }

    /// <summary>Tells in which parts of which files it stands.</summary>
    /// <param name="range">Is told of each part.</param>
    public void Ranges(FileRange range) => range(File, Offset, Bytes);

    /// <inheritdoc />
    public ISlicedElements Slice(string name, long first, long count)
    {
        if (first % Format.BlockElements != 0 || count % Format.BlockElements != 0)
            throw new ArgumentOutOfRangeException(nameof(first), $"elements [{first}, {first + count}) of {Name} are no whole blocks");
        return this with { Name = name, Offset = Offset + first / Format.BlockElements * Format.BlockBytes, Elements = count };
    }

    private void ReadBlocks(long firstBlock, int count, Span<float> destination)
    {
        if (count == 0)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var blocksAtOnce = buffer.Length / Format.BlockBytes;
            while (count > 0)
            {
                var blocks = Math.Min(count, blocksAtOnce);
                var bytes = buffer.AsSpan(0, blocks * Format.BlockBytes);
                ReadBytes(firstBlock * Format.BlockBytes, bytes);
                Format.Decode(bytes, destination[..(blocks * Format.BlockElements)]);
                firstBlock += blocks;
                count -= blocks;
                destination = destination[(blocks * Format.BlockElements)..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadPartOfBlock(long block, int first, Span<float> destination)
    {
        Span<byte> bytes = stackalloc byte[Format.BlockBytes];
        Span<float> values = stackalloc float[Format.BlockElements];
        ReadBytes(block * Format.BlockBytes, bytes);
        Format.Decode(bytes, values);
        values.Slice(first, destination.Length).CopyTo(destination);
    }

    private void ReadBytes(long start, Span<byte> destination) => File.Read(Offset + start, destination, Name);

    private void CheckRange(long start, int length)
    {
        if (start < 0 || start > Elements - length)
            throw new ArgumentOutOfRangeException(nameof(start), $"elements [{start}, {start + length}) of {Name}, which has {Elements}");
    }
}
