using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>
/// The elements of W + s B A, with DoRA each row brought to the length of its magnitude: computed as they are read, a row of W at a time, and never held as a
/// whole. Safe to read from several threads.
/// </summary>
/// <param name="checkpoint">Where W is read, whatever it is stored in.</param>
/// <param name="module">A, B and s.</param>
internal sealed class LowRankTensor(Checkpoint checkpoint, AdapterModule module) : IElements
{
    private const int MostColumns = 4096;

    private readonly Lock _lock = new();
    private readonly WeakReference<Factors<float>?> _singles = new(null);
    private readonly WeakReference<Factors<double>?> _doubles = new(null);
    private double[]? _lengths;

    /// <summary>The columns of W as they are stored.</summary>
    private int Columns => module.StoredTransposed ? module.Outputs : module.Inputs;

    /// <inheritdoc />
    public void Read(long start, Span<float> destination)
    {
        checkpoint.Read(module.Tensor, start, destination);
        Apply(Held(_singles, Lengths()), start, destination);
    }

    /// <inheritdoc />
    public void Read(long start, Span<double> destination)
    {
        checkpoint.Read(module.Tensor, start, destination);
        Apply(Held(_doubles, Lengths()), start, destination);
    }

    /// <inheritdoc />
    public void Ranges(FileRange range) => checkpoint.Ranges(module.Tensor, range);

    /// <summary>Forgets A and B, which are read anew.</summary>
    public void Forget()
    {
        _singles.SetTarget(null);
        _doubles.SetTarget(null);
        _lengths = null;
    }

    /// <summary>What each output's row is multiplied by: its magnitude over the length of the row of W + s B A; null without DoRA.</summary>
    public double[]? Lengths()
    {
        if (module.Magnitude is null || _lengths is not null)
            return _lengths;
        lock (_lock)
            return _lengths ??= ComputeLengths();
    }

    private double[] ComputeLengths()
    {
        var (factors, squares, row) = (Held(_doubles, null), new double[module.Outputs], new double[Columns]);
        var rows = module.StoredTransposed ? module.Inputs : module.Outputs;
        for (var i = 0; i < rows; i++)
        {
            checkpoint.Read(module.Tensor, (long)i * Columns, row);
            Apply(factors, (long)i * Columns, row);
            if (module.StoredTransposed)
                TensorPrimitives.MultiplyAdd<double>(row, row, squares, squares);
            else
                squares[i] = TensorPrimitives.SumOfSquares<double>(row);
        }

        var lengths = module.ReadMagnitude();
        for (var i = 0; i < lengths.Length; i++)
            lengths[i] /= Math.Sqrt(squares[i]);
        return lengths;
    }

    /// <summary>Adds to the elements from a position on their share of s B A, and multiplies them by their row's length.</summary>
    private void Apply<T>(Factors<T> factors, long start, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> sum = stackalloc T[Math.Min(MostColumns, Columns)];
        var rank = module.Rank;
        while (!destination.IsEmpty)
        {
            var (row, column) = ((int)(start / Columns), (int)(start % Columns));
            var count = Math.Min(Math.Min(sum.Length, Columns - column), destination.Length);
            var part = destination[..count];
            var added = sum[..count];
            added.Clear();
            for (var k = 0; k < rank; k++)
                TensorPrimitives.MultiplyAdd(factors.Right.AsSpan(k * Columns + column, count), factors.Left[row * rank + k], added, added);
            TensorPrimitives.Add<T>(part, added, part);
            if (factors.Lengths is { } lengths)
            {
                if (module.StoredTransposed)
                    TensorPrimitives.Multiply<T>(part, lengths.AsSpan(column, count), part);
                else
                    TensorPrimitives.Multiply(part, lengths[row], part);
            }

            start += count;
            destination = destination[count..];
        }
    }

    /// <summary>A and B in memory, for as long as somebody reads or there is room for them.</summary>
    private Factors<T> Held<T>(WeakReference<Factors<T>?> held, double[]? lengths)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (held.TryGetTarget(out var factors) && (lengths is null || factors.Lengths is not null))
            return factors;
        var (a, b) = (module.ReadA(), module.ReadB());
        factors = module.StoredTransposed
            ? new Factors<T>(Converted<T>(Transposed(a, module.Rank, module.Inputs), module.Scale), Converted<T>(Transposed(b, module.Outputs, module.Rank), 1), null)
            : new Factors<T>(Converted<T>(b, module.Scale), Converted<T>(a, 1), null);
        factors = factors with { Lengths = lengths is null ? null : Converted<T>(lengths, 1) };
        if (module.Magnitude is null || lengths is not null)
            held.SetTarget(factors);
        return factors;
    }

    private static T[] Converted<T>(double[] values, double factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Array.ConvertAll(values, value => T.CreateTruncating(value * factor));

    private static double[] Transposed(double[] values, int rows, int columns)
    {
        var transposed = new double[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                transposed[column * rows + row] = values[row * columns + column];
        }

        return transposed;
    }

    /// <summary>The product that is added, and what its rows are multiplied by.</summary>
    /// <param name="Left">A row for each stored row of W, of the rank's length.</param>
    /// <param name="Right">A row for each of the rank, as long as a stored row of W.</param>
    /// <param name="Lengths">What each output is multiplied by, or null.</param>
    private sealed record Factors<T>(T[] Left, T[] Right, T[]? Lengths);
}
