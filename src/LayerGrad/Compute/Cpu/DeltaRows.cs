using System.Numerics;

namespace LayerGrad.Compute.Cpu;

/// <summary>Some neighbouring tokens of one head of the gated delta rule, or their gradients.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Query">tokens x key size.</param>
/// <param name="Key">tokens x key size.</param>
/// <param name="Value">tokens x value size.</param>
/// <param name="LogDecay">tokens x 1.</param>
/// <param name="Rate">tokens x 1.</param>
internal readonly record struct DeltaRows<T>(Matrix<T> Query, Matrix<T> Key, Matrix<T> Value, Matrix<T> LogDecay, Matrix<T> Rate)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of tokens.</summary>
    public int Count => Key.Rows;

    /// <summary>Some of them.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    public DeltaRows<T> RowRange(int start, int count) => new(
        Query.RowRange(start, count), Key.RowRange(start, count), Value.RowRange(start, count), LogDecay.RowRange(start, count), Rate.RowRange(start, count));
}
