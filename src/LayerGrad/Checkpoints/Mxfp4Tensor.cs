using System.Buffers;
using LayerGrad.Checkpoints.Formats;

namespace LayerGrad.Checkpoints;

/// <summary>A tensor in MXFP4, whose values and scales are stored apart, decoded as it is read.</summary>
/// <param name="Blocks">The values, <see cref="Mxfp4.BlockBytes"/> bytes a block.</param>
/// <param name="Scales">The scales, a byte a block.</param>
internal sealed record Mxfp4Tensor(StoredBytes Blocks, StoredBytes Scales) : ISlicedElements
{
    private const int BlocksAtOnce = 4096;

    /// <inheritdoc />
    public void Read(long start, Span<float> destination)
    {
        var (bytes, scales) = (ArrayPool<byte>.Shared.Rent(BlocksAtOnce * Mxfp4.BlockBytes), ArrayPool<byte>.Shared.Rent(BlocksAtOnce));
        Span<float> part = stackalloc float[Mxfp4.BlockElements];
        try
        {
            while (!destination.IsEmpty)
            {
                var (block, within) = Math.DivRem(start, Mxfp4.BlockElements);
                var count = (int)Math.Min(BlocksAtOnce, (within + destination.Length + Mxfp4.BlockElements - 1) / Mxfp4.BlockElements);
                Blocks.Read(block * Mxfp4.BlockBytes, bytes.AsSpan(0, count * Mxfp4.BlockBytes));
                Scales.Read(block, scales.AsSpan(0, count));
                for (var i = 0; i < count; i++, within = 0)
                {
                    Mxfp4.Decode(bytes.AsSpan(i * Mxfp4.BlockBytes, Mxfp4.BlockBytes), scales[i], part);
                    var taken = Math.Min(Mxfp4.BlockElements - (int)within, destination.Length);
                    part.Slice((int)within, taken).CopyTo(destination);
                    start += taken;
                    destination = destination[taken..];
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<byte>.Shared.Return(scales);
        }
    }

    /// <inheritdoc />
    public void Read(long start, Span<double> destination) => ElementReading.Widen(this, start, destination);

    /// <inheritdoc />
    public void ReadAhead()
    {
        Blocks.ReadAhead();
        Scales.ReadAhead();
    }

    /// <inheritdoc />
    public ISlicedElements Slice(string name, long first, long count)
    {
        if (first % Mxfp4.BlockElements != 0 || count % Mxfp4.BlockElements != 0)
            throw new ArgumentOutOfRangeException(nameof(first), $"elements [{first}, {first + count}) of {Blocks.Name} are no whole blocks");
        var (block, blocks) = (first / Mxfp4.BlockElements, count / Mxfp4.BlockElements);
        return new Mxfp4Tensor(Blocks.Slice(block * Mxfp4.BlockBytes, blocks * Mxfp4.BlockBytes), Scales.Slice(block, blocks));
    }
}
