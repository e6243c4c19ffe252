namespace LayerGrad.Compute;

/// <summary>Matrix products on row-major matrices with leading dimensions in elements.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe interface IMatrixProduct<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Takes the memory that products need, all of it at once; the first product does so else.</summary>
    void Reserve();

    /// <summary>C = alpha op(A) op(B) + beta C. Where beta is 0, C is only written, whatever it held.</summary>
    /// <param name="transA">A is stored k × m rather than m × k.</param>
    /// <param name="transB">B is stored n × k rather than k × n.</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">The dimension summed over.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">Elements from one stored row of A to the next.</param>
    /// <param name="b">B.</param>
    /// <param name="ldb">Elements from one stored row of B to the next.</param>
    /// <param name="beta">The factor of what C holds.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    void Multiply(bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc);

    /// <summary>The triangle of C = alpha op(X) op(X)ᵀ + beta C on and below the diagonal; what lies above is not touched.</summary>
    /// <param name="trans">X is stored k × n rather than n × k.</param>
    /// <param name="n">Rows and columns of C.</param>
    /// <param name="k">The dimension summed over.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="x">X.</param>
    /// <param name="ldx">Elements from one stored row of X to the next.</param>
    /// <param name="beta">The factor of what C holds.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    void SymmetricRank(bool trans, int n, int k, T alpha, T* x, int ldx, T beta, T* c, int ldc);

    /// <summary>The largest and the smallest element of Aᵀ B, where they can be found without storing it.</summary>
    /// <param name="m">Columns of A.</param>
    /// <param name="n">Columns of B.</param>
    /// <param name="k">Rows of both.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">Elements from one row of A to the next.</param>
    /// <param name="b">B.</param>
    /// <param name="ldb">Elements from one row of B to the next.</param>
    /// <param name="max">The largest.</param>
    /// <param name="min">The smallest.</param>
    /// <returns>False where it must be stored: then nothing was found.</returns>
    bool TryExtremes(int m, int n, int k, T* a, int lda, T* b, int ldb, out T max, out T min)
    {
        (max, min) = (default, default);
        return false;
    }
}
