using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>The Euclidean lengths of a matrix's columns, and the columns in about descending order of length.</summary>
internal sealed unsafe class ColumnLengths(MemoryCounter counter) : IDisposable
{
    /// <summary>Columns are ordered by the leading bits of their length: the exponent and this many bits of the fraction.</summary>
    private const int FractionBits = 3;

    /// <summary>Shorter columns than 2 to the minus 32 of the longest count as equally short.</summary>
    private const int Classes = 32 << FractionBits;

    private readonly NativeBuffer<double> _lengths = new(counter);
    private readonly NativeBuffer<double> _row = new(counter);
    private readonly NativeBuffer<int> _order = new(counter);

    /// <summary>How many columns there are.</summary>
    public int Count { get; private set; }

    /// <summary>The columns, longer ones first but for the last bits of their length.</summary>
    public int* Order => _order.Pointer;

    /// <summary>Length bounds in that order, never ascending: no column from here on is longer.</summary>
    public double* Bounds => _lengths.Pointer;

    /// <summary>Makes room for so many columns.</summary>
    public void Reserve(long columns)
    {
        _row.Reserve(2 * columns);
        _lengths.Reserve(columns);
        _order.Reserve(columns);
    }

    /// <summary>Measures and orders the columns.</summary>
    /// <returns>False where an element is not finite, or every one is zero.</returns>
    public bool Measure<T>(T* matrix, int ld, int rows, int columns)
        where T : unmanaged
    {
        Count = columns;
        var squares = new Span<double>(_row.Reserve(2L * columns), columns);
        var row = new Span<double>(_row.Pointer + columns, columns);
        squares.Clear();
        for (var i = 0; i < rows; i++)
        {
            GramMatrix.Widen(matrix + ((long)i * ld), row);
            TensorPrimitives.MultiplyAdd(row, row, squares, squares);
        }

        TensorPrimitives.Sqrt(squares, row);
        var longest = TensorPrimitives.Max<double>(row);
        if (!double.IsFinite(longest) || longest == 0)
            return false;
        OrderByClass(row, longest);
        return true;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _lengths.Dispose();
        _row.Dispose();
        _order.Dispose();
    }

    /// <summary>Counting sort by class; within a class any order, so each column's bound is that of the longest in its class.</summary>
    private void OrderByClass(ReadOnlySpan<double> lengths, double longest)
    {
        var starts = stackalloc int[Classes + 1];
        var longestOfClass = stackalloc double[Classes];
        new Span<int>(starts, Classes + 1).Clear();
        new Span<double>(longestOfClass, Classes).Clear();
        var top = BitConverter.DoubleToInt64Bits(longest) >> (52 - FractionBits);
        for (var j = 0; j < lengths.Length; j++)
        {
            var @class = Class(lengths[j], top);
            starts[@class + 1]++;
            longestOfClass[@class] = Math.Max(longestOfClass[@class], lengths[j]);
        }

        for (var c = 0; c < Classes; c++)
            starts[c + 1] += starts[c];
        var order = _order.Reserve(lengths.Length);
        var bounds = _lengths.Reserve(lengths.Length);
        for (var j = 0; j < lengths.Length; j++)
        {
            var @class = Class(lengths[j], top);
            var place = starts[@class]++;
            order[place] = j;
            bounds[place] = longestOfClass[@class];
        }
    }

    private static int Class(double length, long top) => (int)Math.Min(Classes - 1, top - (BitConverter.DoubleToInt64Bits(length) >> (52 - FractionBits)));
}
