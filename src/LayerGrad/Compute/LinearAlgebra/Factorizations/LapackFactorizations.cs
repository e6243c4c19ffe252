namespace LayerGrad.Compute;

/// <summary>
/// Factorizations by LAPACK; but symmetric eigenvalues by LayerGrad's own routines, which are faster where only values are wanted (docs/performance.md). The lower triangle of a row-major matrix is the upper triangle of the column-major matrix at the same address.
/// </summary>
internal sealed unsafe class LapackFactorizations(MemoryCounter counter) : IFactorizations
{
    private readonly NativeBuffer<double> _vectors = new(counter);
    private readonly NativeBuffer<double> _work = new(counter);
    private readonly NativeBuffer<int> _integers = new(counter);

    /// <inheritdoc/>
    public IMatrixProduct<double> Product { get; } = Gemm<double>.CreateProduct(counter);

    /// <inheritdoc/>
    public void Reserve(SummarySizes sizes)
    {
        _vectors.Reserve(sizes.Vectors);
        _work.Reserve(sizes.Work);
        _integers.Reserve(sizes.Integers);
        Product.Reserve();
    }

    /// <inheritdoc/>
    public bool TryCholesky(int n, double* a, int lda)
    {
        var (triangle, info) = ((byte)'U', 0);
        Blas.Dpotrf(&triangle, &n, a, &lda, &info, 1);
        return info == 0;
    }

    /// <inheritdoc/>
    public void LowerFactor(int rows, int columns, double* a, int lda)
    {
        var tau = _vectors.Reserve(rows);
        int size = -1, info = 0;
        double wanted;
        Blas.Dgeqrf(&columns, &rows, a, &lda, tau, &wanted, &size, &info);
        size = (int)wanted;
        Blas.Dgeqrf(&columns, &rows, a, &lda, tau, _work.Reserve(size), &size, &info);
        ThrowOnError("dgeqrf", info);
    }

    /// <inheritdoc/>
    public void SymmetricEigenvalues(int n, double* a, int lda, double* eigenvalues)
    {
        if (n == 0)
            return;
        var offDiagonal = _vectors.Reserve(4L * n);
        TridiagonalReduction.Reduce(n, a, lda, eigenvalues, offDiagonal, offDiagonal + n);
        Tridiagonal.Eigenvalues(n, eigenvalues, offDiagonal);
    }

    /// <inheritdoc/>
    public void SingularValues(int rows, int columns, double* a, int lda, double* singularValues)
    {
        if (rows == 0 || columns == 0)
            return;
        var job = (byte)'N';
        var integers = _integers.Reserve(8L * Math.Min(rows, columns));
        int size = -1, info = 0, one = 1;
        double wanted, unused;
        Blas.Dgesdd(&job, &columns, &rows, a, &lda, singularValues, &unused, &one, &unused, &one, &wanted, &size, integers, &info, 1);
        size = (int)wanted;
        Blas.Dgesdd(&job, &columns, &rows, a, &lda, singularValues, &unused, &one, &unused, &one, _work.Reserve(size), &size, integers, &info, 1);
        ThrowOnError("dgesdd", info);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vectors.Dispose();
        _work.Dispose();
        _integers.Dispose();
        Product.Dispose();
    }

    private static void ThrowOnError(string routine, int info)
    {
        if (info < 0)
            throw new InvalidOperationException($"{routine}: argument {-info} is not what it should be");
        if (info > 0)
            throw new ArithmeticException($"{routine} did not converge ({info})");
    }
}
