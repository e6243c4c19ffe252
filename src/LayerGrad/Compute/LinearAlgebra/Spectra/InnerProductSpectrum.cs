namespace LayerGrad.Compute;

/// <summary>
/// Singular values of gradients Δᵀ X whose inner products a device has summed in double precision: what <see cref="GramSpectrum{T}"/> does from then on, for matrices that come
/// as packed lower triangles, one row behind the other. One object serves one thread.
/// </summary>
internal sealed unsafe class InnerProductSpectrum : IDisposable
{
    private readonly IFactorizations _factorizations;
    private readonly InnerProductFactor _factor;
    private readonly NativeBuffer<double> _inner;
    private readonly NativeBuffer<double> _scratch;
    private readonly NativeBuffer<double> _symmetric;
    private readonly NativeBuffer<double> _lengths;
    private readonly NativeBuffer<double> _eigenvalues;
    private readonly NativeBuffer<int> _order;
    private int _active;
    private bool _finite;

    /// <summary>Makes one with the routines of the system.</summary>
    /// <param name="counter">Is told of the workspaces.</param>
    public InnerProductSpectrum(MemoryCounter counter)
    {
        _factorizations = Factorizations.Create(counter);
        _factor = new InnerProductFactor(counter, _factorizations);
        (_inner, _scratch, _symmetric) = (new NativeBuffer<double>(counter), new NativeBuffer<double>(counter), new NativeBuffer<double>(counter));
        (_lengths, _eigenvalues, _order) = (new NativeBuffer<double>(counter), new NativeBuffer<double>(counter), new NativeBuffer<int>(counter));
    }

    /// <summary>√ Σ (X Xᵀ) ∘ (Δ Δᵀ) of the gradient last handed to <see cref="Values"/>.</summary>
    public double FrobeniusNorm { get; private set; }

    /// <summary>The elements of the lower triangle of a matrix of so many rows.</summary>
    public static int Packed(int rows) => checked(rows * (rows + 1) / 2);

    /// <summary>Sets X Xᵀ, which several gradients share.</summary>
    /// <param name="products">The lower triangle.</param>
    /// <param name="wanted">For each row whether it counts; those where X is zero do not in any case.</param>
    public void SetInput(ReadOnlySpan<double> products, ReadOnlySpan<bool> wanted)
    {
        var n = wanted.Length;
        var lengths = _lengths.Reserve(n);
        var order = _order.Reserve(2L * n);
        (_active, _finite) = (0, true);
        for (var i = 0; i < n; i++)
        {
            lengths[i] = Math.Sqrt(products[Packed(i) + i]);
            if (!wanted[i] || lengths[i] == 0)
                continue;
            _finite &= double.IsFinite(lengths[i]);
            order[_active++] = i;
        }

        if (!_finite || _active == 0)
            return;
        var gram = _factor.Room(_active);
        for (var i = 0; i < _active; i++)
        {
            for (var j = 0; j <= i; j++)
                gram[((long)i * _active) + j] = products[Packed(order[i]) + order[j]] / (lengths[order[i]] * lengths[order[j]]);
        }

        _factor.Decompose(_active, order, order + n, _inner);
    }

    /// <summary>The singular values of the gradient whose Δ Δᵀ is given, descending; NaN where a factor is not finite.</summary>
    /// <param name="products">The lower triangle.</param>
    /// <param name="values">Where they go; those beyond the rank are zero.</param>
    public void Values(ReadOnlySpan<double> products, Span<double> values)
    {
        values.Clear();
        FrobeniusNorm = 0;
        if (_finite && _active == 0)
            return;
        var (n, tokens) = (_active, 0);
        var inner = _inner.Reserve((long)n * n);
        if (_finite)
        {
            tokens = Scale(products, inner);
            FrobeniusNorm = Math.Sqrt(Math.Max(0, _factor.SquaredNorm(inner)));
        }

        if (!_finite || !double.IsFinite(FrobeniusNorm))
        {
            FrobeniusNorm = double.NaN;
            values.Fill(double.NaN);
            return;
        }

        var rank = _factor.Rank;
        var symmetric = _symmetric.Reserve((long)rank * rank);
        _factor.Congruence(inner, symmetric, _scratch.Reserve((long)n * rank));
        Roots(rank, symmetric, Math.Min(rank, tokens), values);
    }

    /// <summary>The square roots of the eigenvalues of a symmetric matrix, descending.</summary>
    /// <param name="matrix">The lower triangle.</param>
    /// <param name="order">Rows and columns.</param>
    /// <param name="rank">How many of them are not zero, at most.</param>
    /// <param name="values">Where they go; zeros behind the last.</param>
    public void Roots(ReadOnlySpan<double> matrix, int order, int rank, Span<double> values)
    {
        var symmetric = _symmetric.Reserve((long)order * order);
        for (var i = 0; i < order; i++)
            matrix.Slice(Packed(i), i + 1).CopyTo(new Span<double>(symmetric + ((long)i * order), i + 1));
        values.Clear();
        Roots(order, symmetric, Math.Min(order, rank), values);
    }

    /// <summary>Frees the workspaces.</summary>
    public void Dispose()
    {
        _factor.Dispose();
        _factorizations.Dispose();
        foreach (var buffer in (ReadOnlySpan<NativeBuffer<double>>)[_inner, _scratch, _symmetric, _lengths, _eigenvalues])
            buffer.Dispose();
        _order.Dispose();
    }

    /// <summary>Δ Δᵀ of the active rows, scaled by what was taken from X, both triangles.</summary>
    /// <returns>How many rows have a gradient.</returns>
    private int Scale(ReadOnlySpan<double> products, double* inner)
    {
        var (n, tokens) = (_active, 0);
        var order = _order.Pointer;
        var lengths = _lengths.Pointer;
        for (var i = 0; i < n; i++)
        {
            var row = order[i];
            tokens += products[Packed(row) + row] != 0 ? 1 : 0;
            for (var j = 0; j <= i; j++)
            {
                var (low, high) = row > order[j] ? (order[j], row) : (row, order[j]);
                inner[((long)i * n) + j] = products[Packed(high) + low] * lengths[row] * lengths[order[j]];
            }
        }

        Symmetric.MirrorLower(n, inner, n);
        return tokens;
    }

    private void Roots(int order, double* symmetric, int rank, Span<double> values)
    {
        var eigenvalues = _eigenvalues.Reserve(order);
        _factorizations.SymmetricEigenvalues(order, symmetric, order, eigenvalues);

        // Eigenvalues beyond the rank are rounding noise, whose roots would not look it.
        for (var i = 0; i < Math.Min(rank, values.Length); i++)
            values[i] = Math.Sqrt(Math.Max(0, eigenvalues[order - 1 - i]));
    }
}
