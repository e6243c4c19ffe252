namespace LayerGrad.Compute;

/// <summary>Products with a lower triangular (or, where its rank is smaller, lower trapezoidal) matrix L, in blocks that leave out its zeros.</summary>
internal static unsafe class TriangularProduct
{
    /// <summary>Columns of L taken at a time.</summary>
    private const int Block = 64;

    /// <summary>The lower triangle of A = Lᵀ K L.</summary>
    /// <param name="product">What multiplies.</param>
    /// <param name="n">Rows of L, rows and columns of K.</param>
    /// <param name="rank">Columns of L, rows and columns of A.</param>
    /// <param name="l">L.</param>
    /// <param name="ldl">Elements from one row of L to the next.</param>
    /// <param name="k">K, both triangles.</param>
    /// <param name="ldk">Elements from one row of K to the next.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">Elements from one row of A to the next.</param>
    /// <param name="scratch">Room for n × rank elements.</param>
    public static void Congruence(IMatrixProduct<double> product, int n, int rank, double* l, int ldl, double* k, int ldk, double* a, int lda, double* scratch)
    {
        for (var j = 0; j < rank; j += Block)
        {
            var width = Math.Min(Block, rank - j);
            var rest = n - j;
            product.Multiply(false, false, rest, width, rest, 1, k + ((long)j * ldk) + j, ldk, l + ((long)j * ldl) + j, ldl, 0, scratch + ((long)j * rank) + j, rank);
        }

        // Of K L only what lies below the diagonal blocks was needed, and of Lᵀ (K L) only that is.
        for (var i = 0; i < rank; i += Block)
        {
            var height = Math.Min(Block, rank - i);
            product.Multiply(
                true, false, height, i + height, n - i, 1, l + ((long)i * ldl) + i, ldl, scratch + ((long)i * rank), rank, 0, a + ((long)i * lda), lda);
        }
    }

    /// <summary>W = Lᵀ D.</summary>
    /// <param name="product">What multiplies.</param>
    /// <param name="n">Rows of L and D.</param>
    /// <param name="rank">Columns of L, rows of W.</param>
    /// <param name="columns">Columns of D and W.</param>
    /// <param name="l">L.</param>
    /// <param name="ldl">Elements from one row of L to the next.</param>
    /// <param name="d">D.</param>
    /// <param name="ldd">Elements from one row of D to the next.</param>
    /// <param name="w">W.</param>
    /// <param name="ldw">Elements from one row of W to the next.</param>
    public static void TransposeMultiply(IMatrixProduct<double> product, int n, int rank, int columns, double* l, int ldl, double* d, int ldd, double* w, int ldw)
    {
        for (var i = 0; i < rank; i += Block)
        {
            product.Multiply(
                true, false, Math.Min(Block, rank - i), columns, n - i, 1, l + ((long)i * ldl) + i, ldl, d + ((long)i * ldd), ldd, 0, w + ((long)i * ldw), ldw);
        }
    }
}
