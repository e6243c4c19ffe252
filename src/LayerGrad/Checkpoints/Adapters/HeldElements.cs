using System.Numerics.Tensors;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>Elements in memory, such as those of an adapter that is being trained.</summary>
/// <param name="values">The elements; the caller may change them between readings.</param>
internal sealed class HeldElements(double[] values) : IElements
{
    /// <summary>The elements.</summary>
    public double[] Values => values;

    /// <inheritdoc />
    public void Read(long start, Span<float> destination) => TensorPrimitives.ConvertTruncating<double, float>(values.AsSpan((int)start, destination.Length), destination);

    /// <inheritdoc />
    public void Read(long start, Span<double> destination) => values.AsSpan((int)start, destination.Length).CopyTo(destination);

    /// <inheritdoc />
    public void Ranges(FileRange range)
    {
    }
}
