using System.Numerics;
using System.Runtime.Intrinsics;

namespace LayerGrad.Compute;

/// <summary>The largest and the smallest element of the tiles that a kernel has just left in the first-level cache.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe struct TileExtremes<T>
    where T : unmanaged, INumberBase<T>
{
    private Vector512<T> _max;
    private Vector512<T> _min;
    private Vector512<T> _sum;
    private bool _any;

    /// <summary>Whether tiles of so many elements are whole vectors.</summary>
    public static bool Fits(int elements) => elements % Vector512<T>.Count == 0;

    /// <summary>Takes in a tile.</summary>
    /// <param name="tile">The tile, row-major.</param>
    /// <param name="rows">Rows that belong to the matrix.</param>
    /// <param name="columns">Columns that do.</param>
    /// <param name="allRows">Rows of the tile.</param>
    /// <param name="allColumns">Columns of the tile.</param>
    public void Add(T* tile, int rows, int columns, int allRows, int allColumns)
    {
        // What the tile holds beyond the matrix gives way to one of its elements.
        if (rows < allRows || columns < allColumns)
        {
            for (var i = 0; i < allRows; i++)
                new Span<T>(tile + (i * allColumns) + (i < rows ? columns : 0), allColumns - (i < rows ? columns : 0)).Fill(tile[0]);
        }

        if (!_any)
            (_any, _max, _min, _sum) = (true, Vector512.Create(tile[0]), Vector512.Create(tile[0]), Vector512<T>.Zero);

        var (max, min, sum) = (_max, _min, _sum);
        for (var i = 0; i < allRows * allColumns; i += Vector512<T>.Count)
        {
            var values = Vector512.Load(tile + i);
            max = Vector512.MaxNative(max, values);
            min = Vector512.MinNative(min, values);
            sum += values;
        }

        (_max, _min, _sum) = (max, min, sum);
    }

    /// <summary>Both.</summary>
    /// <returns>False where an element may not be finite: the comparisons of the processor do not see one that is no number.</returns>
    public readonly bool TryRead(out T max, out T min)
    {
        (max, min) = (_max[0], _min[0]);
        for (var i = 1; i < Vector512<T>.Count; i++)
            (max, min) = (T.IsNegative(max - _max[i]) ? _max[i] : max, T.IsNegative(_min[i] - min) ? _min[i] : min);
        return _any && T.IsFinite(Vector512.Sum(_sum));
    }
}
