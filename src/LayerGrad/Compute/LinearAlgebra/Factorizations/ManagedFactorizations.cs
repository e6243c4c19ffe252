using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>Factorizations without a LAPACK library.</summary>
internal sealed unsafe class ManagedFactorizations(MemoryCounter counter) : IFactorizations
{
    private const int CholeskyBlock = 64;

    private readonly NativeBuffer<double> _vectors = new(counter);
    private readonly HouseholderFactor _householder = new(counter);

    /// <inheritdoc/>
    public IMatrixProduct<double> Product { get; } = new ManagedProduct<double>(counter);

    /// <inheritdoc/>
    public void Reserve(SummarySizes sizes)
    {
        _vectors.Reserve(sizes.Vectors);
        _householder.Reserve(sizes.Work);
        Product.Reserve();
    }

    /// <inheritdoc/>
    public bool TryCholesky(int n, double* a, int lda)
    {
        for (var first = 0; first < n; first += CholeskyBlock)
        {
            var width = Math.Min(CholeskyBlock, n - first);
            var rest = n - first;
            double* panel = a + ((long)first * lda) + first, left = a + ((long)first * lda);
            if (first > 0)
            {
                Product.SymmetricRank(trans: false, width, first, -1, left, lda, 1, panel, lda);
                if (rest > width)
                    Product.Multiply(false, true, rest - width, width, first, -1, left + ((long)width * lda), lda, left, lda, 1, panel + ((long)width * lda), lda);
            }

            if (!FactorPanel(rest, width, panel, lda))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public void LowerFactor(int rows, int columns, double* a, int lda) => _householder.Compute(Product, rows, columns, a, lda);

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
        var count = Math.Min(rows, columns);
        if (count == 0)
            return;

        // The eigenvalues of the symmetric matrix of order 2n whose diagonal is zero and beside whose diagonal the entries of the bidiagonal matrix alternate are its singular values and
        // their negatives (Golub and Kahan 1965): no squares, hence nothing lost to them.
        var diagonal = _vectors.Reserve((6L * count) + Math.Max(rows, columns));
        var offDiagonal = diagonal + (2L * count);
        var entries = offDiagonal + (2L * count);
        Bidiagonal.Reduce(rows, columns, a, lda, entries, entries + count, entries + (2L * count));
        for (var i = 0; i < count; i++)
        {
            diagonal[2 * i] = diagonal[(2 * i) + 1] = 0;
            offDiagonal[2 * i] = entries[i];
            offDiagonal[(2 * i) + 1] = i + 1 < count ? entries[count + i] : 0;
        }

        Tridiagonal.Eigenvalues(2 * count, diagonal, offDiagonal);
        for (var i = 0; i < count; i++)
            singularValues[i] = Math.Max(0, diagonal[(2 * count) - 1 - i]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vectors.Dispose();
        _householder.Dispose();
        Product.Dispose();
    }

    private static bool FactorPanel(int rows, int width, double* panel, int lda)
    {
        for (var j = 0; j < width; j++)
        {
            var pivotRow = panel + ((long)j * lda);
            var finished = new ReadOnlySpan<double>(pivotRow, j);
            var pivot = pivotRow[j] - TensorPrimitives.SumOfSquares(finished);
            if (!(pivot > 0))
                return false;
            pivotRow[j] = Math.Sqrt(pivot);
            var inverse = 1 / pivotRow[j];
            for (var i = j + 1; i < rows; i++)
            {
                var row = panel + ((long)i * lda);
                row[j] = (row[j] - TensorPrimitives.Dot(finished, new ReadOnlySpan<double>(row, j))) * inverse;
            }
        }

        return true;
    }
}
