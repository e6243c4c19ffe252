using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>
/// A row-major view of a model's parameter on a device: element (r, c) stands at <c>Offset + r * Stride + c</c>. It owns nothing, and says nothing of how
/// the elements are stored: operations take it as it is.
/// </summary>
/// <typeparam name="T">The element type that is computed in, float or double.</typeparam>
/// <param name="Memory">The memory that it looks at.</param>
/// <param name="Offset">The position of its first element.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Columns">The number of columns.</param>
/// <param name="Stride">The distance between rows, in elements.</param>
internal readonly record struct Parameter<T>(ParameterMemory<T> Memory, long Offset, int Rows, int Columns, int Stride)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of elements.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>A matrix may stand where a parameter is asked for.</summary>
    /// <param name="matrix">The matrix.</param>
    public static implicit operator Parameter<T>(Matrix<T> matrix) => new(matrix.Memory, matrix.Offset, matrix.Rows, matrix.Columns, matrix.Stride);

    /// <summary>Some neighbouring rows.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="count">The number of rows.</param>
    public Parameter<T> RowRange(int start, int count)
    {
        if (start < 0 || count < 0 || start + count > Rows)
            throw new ArgumentOutOfRangeException(nameof(start), $"rows {start}..{start + count} of {Rows}");
        return this with { Offset = Offset + (long)start * Stride, Rows = count };
    }

    /// <summary>The same elements as a matrix, which training changes: only where they are stored in the type that is computed in.</summary>
    /// <exception cref="InvalidOperationException">They are stored in another type.</exception>
    public Matrix<T> AsMatrix() => Memory is DeviceMemory<T> elements
        ? new Matrix<T>(elements, Offset, Rows, Columns, Stride)
        : throw new InvalidOperationException($"a parameter stored in {Memory.Storage} has no elements of {typeof(T).Name}");
}
