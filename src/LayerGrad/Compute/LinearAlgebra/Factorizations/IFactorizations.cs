namespace LayerGrad.Compute;

/// <summary>
/// The factorizations that spectra need, in double precision and in one thread, on row-major matrices with leading dimensions in elements. An object keeps its
/// workspaces and serves one thread at a time. Inputs must be finite.
/// </summary>
internal unsafe interface IFactorizations : IDisposable
{
    /// <summary>Matrix products of the same making.</summary>
    IMatrixProduct<double> Product { get; }

    /// <summary>Makes room for problems of some size.</summary>
    /// <param name="sizes">The sizes.</param>
    void Reserve(SummarySizes sizes);

    /// <summary>A = L Lᵀ in place of the lower triangle of A; what lies above is not touched.</summary>
    /// <returns>False where A is not positive definite to working precision; A is then spoilt.</returns>
    bool TryCholesky(int n, double* a, int lda);

    /// <summary>A = L Qᵀ with orthonormal columns of Q; L takes the place of the lower triangle of the first <paramref name="rows"/> columns, the rest of A is spoilt.</summary>
    /// <param name="rows">Rows of A.</param>
    /// <param name="columns">Columns of A, at least as many.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">Elements from one row of A to the next.</param>
    void LowerFactor(int rows, int columns, double* a, int lda);

    /// <summary>The eigenvalues, ascending, of a symmetric matrix of which the lower triangle is given; A is spoilt.</summary>
    void SymmetricEigenvalues(int n, double* a, int lda, double* eigenvalues);

    /// <summary>The min(rows, columns) singular values, descending; A is spoilt.</summary>
    void SingularValues(int rows, int columns, double* a, int lda, double* singularValues);
}
