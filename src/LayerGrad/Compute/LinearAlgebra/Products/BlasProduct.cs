namespace LayerGrad.Compute;

/// <summary>Matrix products by the BLAS library. A row-major matrix is the transpose of a column-major one, so C = AB is asked for as Cᵀ = BᵀAᵀ.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class BlasProduct<T> : IMatrixProduct<T>
    where T : unmanaged
{
    /// <inheritdoc/>
    public void Multiply(bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc)
    {
        var (first, second) = (transB ? (byte)'T' : (byte)'N', transA ? (byte)'T' : (byte)'N');
        if (typeof(T) == typeof(float))
            Blas.Sgemm(&first, &second, &n, &m, &k, (float*)&alpha, (float*)b, &ldb, (float*)a, &lda, (float*)&beta, (float*)c, &ldc, 1, 1);
        else
            Blas.Dgemm(&first, &second, &n, &m, &k, (double*)&alpha, (double*)b, &ldb, (double*)a, &lda, (double*)&beta, (double*)c, &ldc, 1, 1);
    }

    /// <inheritdoc/>
    public void SymmetricRank(bool trans, int n, int k, T alpha, T* x, int ldx, T beta, T* c, int ldc)
    {
        var (triangle, transposed) = ((byte)'U', trans ? (byte)'N' : (byte)'T');
        if (typeof(T) == typeof(float))
            Blas.Ssyrk(&triangle, &transposed, &n, &k, (float*)&alpha, (float*)x, &ldx, (float*)&beta, (float*)c, &ldc, 1, 1);
        else
            Blas.Dsyrk(&triangle, &transposed, &n, &k, (double*)&alpha, (double*)x, &ldx, (double*)&beta, (double*)c, &ldc, 1, 1);
    }

    /// <inheritdoc/>
    public void Reserve()
    {
        // The library has memory of its own.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The library keeps its memory.
    }
}
