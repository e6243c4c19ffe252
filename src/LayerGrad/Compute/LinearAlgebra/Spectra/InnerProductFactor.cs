using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>
/// The triangular factor L of inner products K = L Lᵀ of rows of length 1, and what it makes of another matrix of inner products: Lᵀ D L has the squares of the singular
/// values as its eigenvalues.
/// </summary>
internal sealed unsafe class InnerProductFactor(MemoryCounter counter, IFactorizations factorizations) : IDisposable
{
    private const double Epsilon = 2.220446049250313e-16;

    private readonly NativeBuffer<double> _gram = new(counter);
    private readonly NativeBuffer<double> _factor = new(counter);
    private int _order;

    /// <summary>How many rows of K do not depend on others: the columns of L.</summary>
    public int Rank { get; private set; }

    /// <summary>L, of as many elements in a row as K.</summary>
    public double* Factor => _factor.Pointer;

    /// <summary>Makes room for so many elements of K, and as many of L.</summary>
    public void Reserve(long elements)
    {
        _gram.Reserve(elements);
        _factor.Reserve(elements);
    }

    /// <summary>Where K goes before <see cref="Decompose"/>: its lower triangle, row-major.</summary>
    /// <param name="n">Rows and columns.</param>
    public double* Room(int n) => _gram.Reserve((long)n * n);

    /// <summary>Factors K. Rows that depend on each other, such as those of repeated tokens, are found by pivoting, which changes the order of the rows.</summary>
    /// <param name="n">Rows and columns of K.</param>
    /// <param name="order">What row i of K stands for; put into the order of the rows of L.</param>
    /// <param name="pivots">Room for n numbers.</param>
    /// <param name="scratch">Work space.</param>
    public void Decompose(int n, int* order, int* pivots, NativeBuffer<double> scratch)
    {
        (_order, Rank) = (n, n);
        var gram = _gram.Pointer;
        Symmetric.MirrorLower(n, gram, n);
        var factor = _factor.Reserve((long)n * n);
        for (var i = 0; i < n; i++)
        {
            new ReadOnlySpan<double>(gram + ((long)i * n), i + 1).CopyTo(new Span<double>(factor + ((long)i * n), i + 1));
            new Span<double>(factor + ((long)i * n) + i + 1, n - i - 1).Clear();
        }

        if (!factorizations.TryCholesky(n, factor, n))
            DecomposeDependentRows(n, gram, factor, order, pivots, scratch);
    }

    /// <summary>Σ K ∘ D: the square of the gradient's Frobenius norm.</summary>
    /// <param name="inner">D, both triangles, in the order of the rows of L.</param>
    public double SquaredNorm(double* inner) =>
        TensorPrimitives.Dot(new ReadOnlySpan<double>(_gram.Pointer, _order * _order), new ReadOnlySpan<double>(inner, _order * _order));

    /// <summary>Lᵀ D L, of the order of the rank.</summary>
    /// <param name="inner">D, both triangles, in the order of the rows of L.</param>
    /// <param name="result">Where it goes.</param>
    /// <param name="scratch">Room for n times the rank.</param>
    public void Congruence(double* inner, double* result, double* scratch) =>
        TriangularProduct.Congruence(factorizations.Product, _order, Rank, _factor.Pointer, _order, inner, _order, result, Rank, scratch);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _gram.Dispose();
        _factor.Dispose();
    }

    private void DecomposeDependentRows(int n, double* gram, double* factor, int* order, int* pivots, NativeBuffer<double> scratch)
    {
        Rank = PivotedCholesky.Factor(n, gram, n, factor, n, pivots, n * Epsilon);
        var permuted = scratch.Reserve((long)n * n);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
                permuted[((long)i * n) + j] = gram[((long)pivots[i] * n) + pivots[j]];
        }

        new ReadOnlySpan<double>(permuted, n * n).CopyTo(new Span<double>(gram, n * n));
        for (var i = 0; i < n; i++)
            pivots[i] = order[pivots[i]];
        for (var i = 0; i < n; i++)
            order[i] = pivots[i];
    }
}
