using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <summary>One thread's routines and memory for statistics of gradients.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="counter">Is told of the memory.</param>
/// <param name="product">The thread's matrix product; not disposed with this.</param>
internal sealed unsafe class GradientWorker<T>(MemoryCounter counter, IMatrixProduct<T> product) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FactorSpectrum<T> _spectrum = new(counter, product);
    private readonly GradientExtremes<T> _extremes = new(counter, product);
    private double[] _values = [];
    private double[] _wide = [];
    private double[] _inputSums = [];

    /// <summary>Makes room for gradients of some size.</summary>
    /// <param name="sizes">The sizes.</param>
    public void Reserve(SummarySizes sizes)
    {
        _spectrum.Reserve(sizes);
        _extremes.Reserve(sizes);
    }

    /// <summary>Summarizes some of the gradients that share an input.</summary>
    /// <param name="factors">The factors.</param>
    /// <param name="first">The first gradient.</param>
    /// <param name="count">How many.</param>
    /// <param name="results">Where each one's summary goes.</param>
    /// <param name="stop">Gives it up between two gradients.</param>
    public void Summarize(GradientFactors<T> factors, int first, int count, GradientSummary[] results, CancellationToken stop)
    {
        // Rows whose Δ is zero add nothing: the last token always, and in the last layer all but those that predict the response.
        // All of them are looked at, so that how the gradients are dealt out over threads changes no bit.
        var (start, end) = (int.MaxValue, 0);
        foreach (var delta in factors.Deltas)
        {
            var (from, to) = NonZeroRows(delta);
            (start, end) = (Math.Min(start, from), Math.Max(end, to));
        }

        if (start >= end)
        {
            for (var i = first; i < first + count; i++)
                results[i] = new GradientSummary(0, 0, 0, 0, []);
            return;
        }

        var input = factors.Input.RowRange(start, end - start);
        SumRows(input, ref _inputSums);
        _spectrum.SetInput(input.Pointer(), input.Stride, input.Rows, input.Columns);
        for (var i = first; i < first + count; i++)
        {
            stop.ThrowIfCancellationRequested();
            results[i] = Summarize(input, factors.Deltas[i].RowRange(start, end - start));
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _spectrum.Dispose();
        _extremes.Dispose();
    }

    private GradientSummary Summarize(Matrix<T> input, Matrix<T> delta)
    {
        var most = Math.Min(input.Rows, Math.Min(input.Columns, delta.Columns));
        if (_values.Length < most)
            _values = new double[most];
        var count = _spectrum.Values(delta.Pointer(), delta.Stride, delta.Columns, _values);
        T max, min;
        if (_spectrum.FormedGradient is { IsEmpty: false } formed)
            (max, min) = (TensorPrimitives.Max(formed), TensorPrimitives.Min(formed));
        else
            _extremes.Compute(delta.Pointer(), delta.Stride, delta.Columns, input.Pointer(), input.Stride, input.Columns, input.Rows, out max, out min);

        // Δᵀ X summed over all elements is Σ over tokens of sum(Δ_t) · sum(X_t).
        var sum = 0.0;
        for (var row = 0; row < delta.Rows; row++)
            sum += _inputSums[row] * Sum(delta.Row(row));
        return new GradientSummary(sum, double.CreateTruncating(max), double.CreateTruncating(min), _spectrum.FrobeniusNorm, _values.AsSpan(0, count).ToArray());
    }

    private void SumRows(Matrix<T> matrix, ref double[] sums)
    {
        if (sums.Length < matrix.Rows)
            sums = new double[matrix.Rows];
        for (var row = 0; row < matrix.Rows; row++)
            sums[row] = Sum(matrix.Row(row));
    }

    private double Sum(ReadOnlySpan<T> row)
    {
        if (_wide.Length < row.Length)
            _wide = new double[row.Length];
        var converted = _wide.AsSpan(0, row.Length);
        TensorPrimitives.ConvertTruncating(row, converted);
        return TensorPrimitives.Sum<double>(converted);
    }

    private static (int Start, int End) NonZeroRows(Matrix<T> delta)
    {
        var (start, end) = (0, delta.Rows);
        while (start < end && IsZero(delta.Row(start)))
            start++;
        while (end > start && IsZero(delta.Row(end - 1)))
            end--;
        return start == end ? (int.MaxValue, 0) : (start, end);
    }

    private static bool IsZero(ReadOnlySpan<T> row) => !row.ContainsAnyExcept(T.Zero);
}
