using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>
/// Singular values of Δᵀ X by inner products in double precision. With K = X Xᵀ = L Lᵀ they are the square roots of the eigenvalues of Lᵀ (Δ Δᵀ) L, or, where Δ has fewer columns
/// than there are tokens, of (Lᵀ Δ)ᵀ (Lᵀ Δ). Rows of X are scaled to length 1 and those of Δ by what was taken away, so that tokens of very different size lose nothing to each other.
/// Where X has fewer columns than there are tokens, G itself is the smallest matrix at hand and is formed.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class GramSpectrum<T>(MemoryCounter counter, IFactorizations factorizations, IMatrixProduct<T> products) : IDisposable
    where T : unmanaged, INumberBase<T>
{
    private readonly InnerProductFactor _factor = new(counter, factorizations);
    private readonly NativeBuffer<double> _chunk = new(counter);
    private readonly NativeBuffer<double> _deltaGram = new(counter);
    private readonly NativeBuffer<double> _wide = new(counter);
    private readonly NativeBuffer<double> _symmetric = new(counter);
    private readonly NativeBuffer<double> _lengths = new(counter);
    private readonly NativeBuffer<double> _eigenvalues = new(counter);
    private readonly NativeBuffer<int> _order = new(counter);
    private readonly NativeBuffer<T> _product = new(counter);
    private T* _x;
    private int _ldx;
    private int _tokens;
    private int _inFeatures;
    private int _active;
    private bool _prepared;
    private bool _finite;
    private int _formed;

    /// <inheritdoc cref="FactorSpectrum{T}.FrobeniusNorm"/>
    public double FrobeniusNorm { get; private set; } = double.NaN;

    /// <inheritdoc cref="FactorSpectrum{T}.FormedGradient"/>
    public ReadOnlySpan<T> FormedGradient => new(_product.Pointer, _formed);

    /// <inheritdoc cref="FactorSpectrum{T}.Reserve"/>
    public void Reserve(SummarySizes sizes)
    {
        _chunk.Reserve(sizes.Chunk);
        _factor.Reserve(sizes.Gram);
        _deltaGram.Reserve(sizes.Gram);
        _wide.Reserve(sizes.Wide);
        _symmetric.Reserve(sizes.Symmetric);
        _lengths.Reserve(sizes.Lengths);
        _eigenvalues.Reserve(sizes.Eigenvalues);
        _order.Reserve(sizes.Lengths);
        _product.Reserve(sizes.Formed);
    }

    /// <inheritdoc cref="FactorSpectrum{T}.SetInput"/>
    public void SetInput(T* x, int ldx, int n, int inFeatures)
    {
        _x = x;
        (_ldx, _tokens, _inFeatures) = (ldx, n, inFeatures);
        _prepared = false;
    }

    /// <inheritdoc cref="FactorSpectrum{T}.Values"/>
    public int Values(T* delta, int ldd, int outFeatures, Span<double> singularValues)
    {
        var count = Math.Min(_tokens, Math.Min(_inFeatures, outFeatures));
        var values = singularValues[..count];
        int order;
        _formed = 0;
        if (_tokens > _inFeatures)
        {
            order = FromGradient(delta, ldd, outFeatures);
        }
        else
        {
            if (!_prepared)
                FactorInput();
            order = !_finite ? -1 : outFeatures < _active ? FromProjection(delta, ldd, outFeatures) : FromInnerProducts(delta, ldd, outFeatures);
        }

        if (order < 0)
        {
            FrobeniusNorm = double.NaN;
            values.Fill(double.NaN);
            return count;
        }

        var eigenvalues = _eigenvalues.Reserve(order);
        factorizations.SymmetricEigenvalues(order, _symmetric.Pointer, order, eigenvalues);

        // Each token that has a gradient adds 1 to the rank at most; eigenvalues beyond it are rounding noise, whose roots would not look it.
        var rank = Math.Min(order, TokensWithGradient(delta, ldd, outFeatures));
        for (var i = 0; i < count; i++)
            values[i] = i < rank ? Math.Sqrt(Math.Max(0, eigenvalues[order - 1 - i])) : 0;
        return count;
    }

    /// <summary>Frees the workspaces.</summary>
    public void Dispose()
    {
        foreach (var buffer in (ReadOnlySpan<NativeBuffer<double>>)[_chunk, _deltaGram, _wide, _symmetric, _lengths, _eigenvalues])
            buffer.Dispose();
        _factor.Dispose();
        _order.Dispose();
        _product.Dispose();
    }

    /// <summary>The triangular factor of the inner products of X's rows, scaled to length 1; rows that are zero are left out.</summary>
    private void FactorInput()
    {
        _prepared = true;
        var lengths = _lengths.Reserve(2L * _tokens);
        var inverse = lengths + _tokens;
        var order = _order.Reserve(2L * _tokens);
        var wide = _wide.Reserve(_inFeatures);
        (_active, _finite) = (0, true);
        for (var i = 0; i < _tokens; i++)
        {
            var row = new Span<double>(wide, _inFeatures);
            GramMatrix.Widen(_x + ((long)i * _ldx), row);
            lengths[i] = Length(row);
            inverse[i] = 1 / lengths[i];
            _finite &= double.IsFinite(lengths[i]);
            if (lengths[i] > 0)
                order[_active++] = i;
        }

        if (!_finite || _active == 0)
            return;
        var n = _active;
        GramMatrix.LowerTriangle(factorizations.Product, _chunk, n, _inFeatures, _x, _ldx, order, inverse, _factor.Room(n), n);
        _factor.Decompose(n, order, order + _tokens, _deltaGram);
    }

    /// <summary>Lᵀ (Δ Δᵀ) L, of the order of the rank of X.</summary>
    private int FromInnerProducts(T* delta, int ldd, int outFeatures)
    {
        var n = _active;
        if (n == 0)
        {
            FrobeniusNorm = 0;
            return 0;
        }

        var inner = _deltaGram.Reserve((long)n * n);
        GramMatrix.LowerTriangle(factorizations.Product, _chunk, n, outFeatures, delta, ldd, _order.Pointer, _lengths.Pointer, inner, n);
        Symmetric.MirrorLower(n, inner, n);
        var squared = _factor.SquaredNorm(inner);
        FrobeniusNorm = Math.Sqrt(Math.Max(0, squared));
        if (!double.IsFinite(squared))
            return -1;
        var rank = _factor.Rank;
        _factor.Congruence(inner, _symmetric.Reserve((long)rank * rank), _wide.Reserve((long)n * rank));
        return rank;
    }

    /// <summary>(Lᵀ Δ)ᵀ (Lᵀ Δ), of the order of Δ's columns (or of the rank of X, if that is smaller).</summary>
    private int FromProjection(T* delta, int ldd, int outFeatures)
    {
        var n = _active;
        var scaled = _wide.Reserve((long)n * outFeatures);
        for (var i = 0; i < n; i++)
        {
            var token = _order.Pointer[i];
            var row = new Span<double>(scaled + ((long)i * outFeatures), outFeatures);
            GramMatrix.Widen(delta + ((long)token * ldd), row);
            TensorPrimitives.Multiply(row, _lengths.Pointer[token], row);
        }

        var rank = _factor.Rank;
        var projected = _deltaGram.Reserve((long)rank * outFeatures);
        TriangularProduct.TransposeMultiply(factorizations.Product, n, rank, outFeatures, _factor.Factor, n, scaled, outFeatures, projected, outFeatures);
        return FromMatrix(rank, outFeatures, projected);
    }

    /// <summary>G itself, of which X has fewer columns than rows.</summary>
    private int FromGradient(T* delta, int ldd, int outFeatures)
    {
        var size = (long)outFeatures * _inFeatures;
        var product = _product.Reserve(size);
        products.Multiply(true, false, outFeatures, _inFeatures, _tokens, T.One, delta, ldd, _x, _ldx, T.Zero, product, _inFeatures);
        _formed = checked((int)size);
        var wide = _wide.Reserve(size);
        for (var i = 0; i < outFeatures; i++)
            GramMatrix.Widen(product + ((long)i * _inFeatures), new Span<double>(wide + ((long)i * _inFeatures), _inFeatures));
        return FromMatrix(outFeatures, _inFeatures, wide);
    }

    /// <summary>The smaller of M Mᵀ and Mᵀ M.</summary>
    private int FromMatrix(int rows, int columns, double* matrix)
    {
        var squared = 0.0;
        for (var i = 0; i < rows; i++)
            squared += TensorPrimitives.SumOfSquares(new ReadOnlySpan<double>(matrix + ((long)i * columns), columns));
        FrobeniusNorm = Math.Sqrt(squared);
        if (!double.IsFinite(squared))
            return -1;
        var order = Math.Min(rows, columns);
        factorizations.Product.SymmetricRank(trans: columns < rows, order, Math.Max(rows, columns), 1, matrix, columns, 0, _symmetric.Reserve((long)order * order), order);
        return order;
    }

    private int TokensWithGradient(T* delta, int ldd, int outFeatures)
    {
        var tokens = 0;
        for (var i = 0; i < _tokens; i++)
        {
            if (new ReadOnlySpan<T>(delta + ((long)i * ldd), outFeatures).ContainsAnyExcept(T.Zero))
                tokens++;
        }

        return tokens;
    }

    /// <summary>The Euclidean length, scaled where its square leaves the range of double.</summary>
    private static double Length(Span<double> row)
    {
        var squared = TensorPrimitives.SumOfSquares<double>(row);
        if (squared is > 1e-280 and < 1e280)
            return Math.Sqrt(squared);
        var largest = row.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude<double>(row));
        if (largest == 0 || !double.IsFinite(largest))
            return largest;
        TensorPrimitives.Divide(row, largest, row);
        return largest * Math.Sqrt(TensorPrimitives.SumOfSquares<double>(row));
    }
}
