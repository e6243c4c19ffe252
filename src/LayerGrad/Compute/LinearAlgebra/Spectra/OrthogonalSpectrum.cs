using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>
/// Singular values of Δᵀ X by orthogonal factors: X = L_X Q_Xᵀ and Δ = L_Δ Q_Δᵀ where these have more columns than rows, and then the singular value decomposition of L_Δᵀ L_X. Nothing is squared:
/// the error is a few roundings of the largest singular value, whatever the rank.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class OrthogonalSpectrum<T>(MemoryCounter counter, IFactorizations factorizations) : IDisposable
    where T : unmanaged, INumberBase<T>
{
    private readonly NativeBuffer<double> _input = new(counter);
    private readonly NativeBuffer<double> _delta = new(counter);
    private readonly NativeBuffer<double> _core = new(counter);
    private int _tokens;
    private int _inFeatures;
    private int _inputColumns;

    /// <inheritdoc cref="FactorSpectrum{T}.FrobeniusNorm"/>
    public double FrobeniusNorm { get; private set; } = double.NaN;

    /// <inheritdoc cref="FactorSpectrum{T}.Reserve"/>
    public void Reserve(SummarySizes sizes)
    {
        _input.Reserve(sizes.Input);
        _delta.Reserve(sizes.Delta);
        _core.Reserve(sizes.Core);
    }

    /// <inheritdoc cref="FactorSpectrum{T}.SetInput"/>
    public void SetInput(T* x, int ldx, int n, int inFeatures)
    {
        (_tokens, _inFeatures) = (n, inFeatures);
        _inputColumns = Reduce(x, ldx, n, inFeatures, _input);
    }

    /// <inheritdoc cref="FactorSpectrum{T}.Values"/>
    public int Values(T* delta, int ldd, int outFeatures, Span<double> singularValues)
    {
        var count = Math.Min(_tokens, Math.Min(_inFeatures, outFeatures));
        var columns = Reduce(delta, ldd, _tokens, outFeatures, _delta);
        var values = singularValues[..count];
        if (count == 0)
        {
            FrobeniusNorm = 0;
            return 0;
        }

        if (columns < 0 || _inputColumns < 0)
        {
            FrobeniusNorm = double.NaN;
            values.Fill(double.NaN);
            return count;
        }

        var core = _core.Reserve((long)columns * _inputColumns);
        factorizations.Product.Multiply(
            true, false, columns, _inputColumns, _tokens, 1, _delta.Pointer, columns, _input.Pointer, _inputColumns, 0, core, _inputColumns);
        var all = new Span<double>(core, columns * _inputColumns);
        FrobeniusNorm = TensorPrimitives.Norm<double>(all);
        if (!double.IsFinite(FrobeniusNorm))
        {
            values.Fill(double.NaN);
            return count;
        }

        fixed (double* pointer = values)
            factorizations.SingularValues(columns, _inputColumns, core, _inputColumns, pointer);
        return count;
    }

    /// <summary>Frees the workspaces.</summary>
    public void Dispose()
    {
        _input.Dispose();
        _delta.Dispose();
        _core.Dispose();
    }

    /// <summary>A factor in double, or its triangular factor where it has more columns than rows.</summary>
    /// <returns>The columns of what stands in the buffer, without gaps between rows; -1 where the factor is not finite.</returns>
    private int Reduce(T* factor, int ld, int rows, int columns, NativeBuffer<double> buffer)
    {
        var to = buffer.Reserve((long)rows * columns);
        for (var i = 0; i < rows; i++)
        {
            var row = new Span<double>(to + ((long)i * columns), columns);
            GramMatrix.Widen(factor + ((long)i * ld), row);
            // A sum is finite only where every term is.
            if (!double.IsFinite(TensorPrimitives.SumOfMagnitudes<double>(row)))
                return -1;
        }

        if (columns <= rows)
            return columns;
        factorizations.LowerFactor(rows, columns, to, columns);
        for (var i = 0; i < rows; i++)
        {
            var row = new Span<double>(to + ((long)i * rows), rows);
            new ReadOnlySpan<double>(to + ((long)i * columns), i + 1).CopyTo(row);
            row[(i + 1)..].Clear();
        }

        return rows;
    }
}
