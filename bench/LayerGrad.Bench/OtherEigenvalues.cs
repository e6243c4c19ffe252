using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>LAPACK's factorizations with LAPACK's own symmetric eigenvalues, in one stage or two.</summary>
internal sealed unsafe class OtherEigenvalues(bool twoStages) : IFactorizations
{
    private readonly LapackFactorizations _lapack = new(new MemoryCounter());
    private readonly NativeBuffer<double> _work = new(new MemoryCounter());
    private readonly NativeBuffer<double> _offDiagonal = new(new MemoryCounter());

    public IMatrixProduct<double> Product => _lapack.Product;

    public void Reserve(SummarySizes sizes) => _lapack.Reserve(sizes);

    public bool TryCholesky(int n, double* a, int lda) => _lapack.TryCholesky(n, a, lda);

    public void LowerFactor(int rows, int columns, double* a, int lda) => _lapack.LowerFactor(rows, columns, a, lda);

    public void SingularValues(int rows, int columns, double* a, int lda, double* singularValues) => _lapack.SingularValues(rows, columns, a, lda, singularValues);

    public void SymmetricEigenvalues(int n, double* a, int lda, double* eigenvalues)
    {
        var offDiagonal = _offDiagonal.Reserve(n);
        if (twoStages)
            Lapack.TridiagonalizeInTwoStages(n, a, eigenvalues, offDiagonal, _work);
        else
            Lapack.Tridiagonalize(n, a, eigenvalues, offDiagonal, _work);
        Lapack.TridiagonalEigenvalues(n, eigenvalues, offDiagonal);
    }

    public void Dispose()
    {
        _lapack.Dispose();
        _work.Dispose();
        _offDiagonal.Dispose();
    }
}
