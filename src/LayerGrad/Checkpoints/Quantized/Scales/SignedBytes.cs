using System.Buffers;
using System.Numerics;

namespace LayerGrad.Checkpoints.Quantized.Scales;

/// <summary>Integers of eight bits with a sign.</summary>
/// <param name="Stored">A byte each.</param>
internal sealed record SignedBytes(StoredBytes Stored) : ComputedElements
{
    /// <inheritdoc />
    public override void Ranges(FileRange range) => Stored.Ranges(range);

    /// <inheritdoc />
    protected override void Compute<T>(long start, Span<T> destination)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(destination.Length);
        Stored.Read(start, bytes.AsSpan(0, destination.Length));
        for (var i = 0; i < destination.Length; i++)
            destination[i] = T.CreateTruncating((sbyte)bytes[i]);
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
