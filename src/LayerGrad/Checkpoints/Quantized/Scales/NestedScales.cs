using System.Buffers;
using System.Numerics;

namespace LayerGrad.Checkpoints.Quantized.Scales;

/// <summary>
/// Scales that are quantised themselves (double quantisation, Dettmers et al. 2023, arXiv 2305.14314): value of the code · scale of its block + offset.
/// </summary>
/// <param name="Codes">A byte a scale.</param>
/// <param name="Values">What each of the 256 codes stands for.</param>
/// <param name="Scales">The scale of each block.</param>
/// <param name="BlockSize">How many scales are a block.</param>
/// <param name="Offset">What is added to all.</param>
internal sealed record NestedScales(StoredBytes Codes, float[] Values, float[] Scales, int BlockSize, double Offset) : ComputedElements
{
    /// <inheritdoc />
    public override void Ranges(FileRange range) => Codes.Ranges(range);

    /// <inheritdoc />
    protected override void Compute<T>(long start, Span<T> destination)
    {
        var codes = ArrayPool<byte>.Shared.Rent(destination.Length);
        Codes.Read(start, codes.AsSpan(0, destination.Length));
        for (var i = 0; i < destination.Length; i++)
            destination[i] = T.CreateTruncating(((double)Values[codes[i]] * Scales[(start + i) / BlockSize]) + Offset);
        ArrayPool<byte>.Shared.Return(codes);
    }
}
