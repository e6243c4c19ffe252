using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>
/// The attention heads that stand side by side in the rows of a matrix: head h of token t is
/// the <see cref="Size"/> columns of row t from column <c>h * Spacing</c> of <see cref="Matrix"/> on.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Matrix">A row a token; its first column is the first of head 0.</param>
/// <param name="Count">The number of heads.</param>
/// <param name="Size">The number of columns of a head.</param>
/// <param name="Spacing">The columns from one head to the next; more than <paramref name="Size"/> where queries, keys and values interleave.</param>
internal readonly record struct Heads<T>(Matrix<T> Matrix, int Count, int Size, int Spacing)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>One head as a matrix of (tokens x size).</summary>
    /// <param name="head">The head.</param>
    public Matrix<T> this[int head] => Matrix.ColumnRange(head * Spacing, Size);
}
