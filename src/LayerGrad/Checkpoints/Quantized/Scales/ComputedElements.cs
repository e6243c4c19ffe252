using System.Numerics;

namespace LayerGrad.Checkpoints.Quantized.Scales;

/// <summary>Scales or zero points that are computed of what is stored, one by one, in the type in which they are read.</summary>
internal abstract record ComputedElements : IElements
{
    /// <inheritdoc />
    public void Read(long start, Span<float> destination) => Compute(start, destination);

    /// <inheritdoc />
    public void Read(long start, Span<double> destination) => Compute(start, destination);

    /// <inheritdoc />
    public abstract void Ranges(FileRange range);

    /// <summary>Computes the elements <c>[start, start + destination.Length)</c>.</summary>
    /// <param name="start">The first.</param>
    /// <param name="destination">Takes them.</param>
    /// <typeparam name="T">float or double.</typeparam>
    protected abstract void Compute<T>(long start, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
