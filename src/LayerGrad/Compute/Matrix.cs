using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>A row-major view of device memory: element (r, c) stands at <c>Offset + r * Stride + c</c>. It owns nothing.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Memory">The memory that it looks at.</param>
/// <param name="Offset">The position of its first element.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Columns">The number of columns.</param>
/// <param name="Stride">The distance between rows, in elements.</param>
internal readonly record struct Matrix<T>(DeviceMemory<T> Memory, long Offset, int Rows, int Columns, int Stride)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of elements.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>Some neighbouring rows.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">The number of rows.</param>
    public Matrix<T> RowRange(int start, int count)
    {
        if (start < 0 || count < 0 || start + count > Rows)
            throw new ArgumentOutOfRangeException(nameof(start), $"rows {start}..{start + count} of {Rows}");
        return this with { Offset = Offset + (long)start * Stride, Rows = count };
    }

    /// <summary>Some neighbouring columns.</summary>
    /// <param name="start">The first column.</param>
    /// <param name="count">The number of columns.</param>
    public Matrix<T> ColumnRange(int start, int count)
    {
        if (start < 0 || count < 0 || start + count > Columns)
            throw new ArgumentOutOfRangeException(nameof(start), $"columns {start}..{start + count} of {Columns}");
        return this with { Offset = Offset + start, Columns = count };
    }

    /// <summary>The same elements with each row as so many, one behind the other, such as a token's heads: (r, i) becomes row r · parts + i.</summary>
    /// <param name="parts">The rows that a row becomes.</param>
    /// <exception cref="InvalidOperationException">The rows do not lie without a gap, or cannot be divided so.</exception>
    public Matrix<T> SplitRows(int parts)
    {
        if (Stride != Columns || Columns % parts != 0)
            throw new InvalidOperationException($"rows of {Columns} elements, {Stride} apart, are not {parts} rows each");
        return this with { Rows = Rows * parts, Columns = Columns / parts, Stride = Columns / parts };
    }
}
