using System.Buffers;
using System.Numerics;

namespace LayerGrad.Checkpoints.Quantized.Scales;

/// <summary>Scales of eight bits that are an exponent: 2^(s − 127).</summary>
/// <param name="Exponents">A byte a scale.</param>
internal sealed record PowersOfTwo(StoredBytes Exponents) : ComputedElements
{
    private const int Bias = 127;

    /// <inheritdoc />
    public override void Ranges(FileRange range) => Exponents.Ranges(range);

    /// <inheritdoc />
    protected override void Compute<T>(long start, Span<T> destination)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(destination.Length);
        Exponents.Read(start, bytes.AsSpan(0, destination.Length));
        for (var i = 0; i < destination.Length; i++)
            destination[i] = T.ScaleB(T.One, bytes[i] - Bias);
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
