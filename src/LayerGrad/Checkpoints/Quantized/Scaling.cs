using System.Numerics;

namespace LayerGrad.Checkpoints.Quantized;

/// <summary>What makes a line's codes its elements.</summary>
/// <param name="scales">The scales of its groups.</param>
/// <param name="zeros">Their zero points; empty where all are 0.</param>
/// <param name="factor">By what everything is multiplied.</param>
/// <param name="divisor">By what everything is divided.</param>
/// <typeparam name="T">float or double.</typeparam>
internal readonly ref struct Scaling<T>(ReadOnlySpan<T> scales, ReadOnlySpan<T> zeros, T factor, T divisor)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The scales of the line's groups.</summary>
    public ReadOnlySpan<T> Scales { get; } = scales;

    /// <summary>By what everything is multiplied.</summary>
    public T Factor { get; } = factor;

    /// <summary>By what everything is divided.</summary>
    public T Divisor { get; } = divisor;

    private ReadOnlySpan<T> Zeros { get; } = zeros;

    /// <summary>The zero point of a group.</summary>
    public T Zero(int group) => Zeros.IsEmpty ? T.Zero : Zeros[group];

    /// <summary>(value − zero) · scale.</summary>
    public T Apply(T value, T zero, T scale)
    {
        var scaled = (value - zero) * scale;
        if (Factor != T.One)
            scaled *= Factor;
        return Divisor == T.One ? scaled : scaled / Divisor;
    }
}
