using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>
/// Cholesky factorization with diagonal pivoting of positive semidefinite matrices, which reveals their rank: for tokens that repeat or depend on each other
/// (Higham, "Accuracy and Stability of Numerical Algorithms", 10.3).
/// </summary>
internal static unsafe class PivotedCholesky
{
    /// <summary>Pᵀ A P = L Lᵀ with L of <c>n</c> rows and as many columns as the rank.</summary>
    /// <param name="n">Rows and columns of A.</param>
    /// <param name="a">A, both triangles, row-major; left as it is.</param>
    /// <param name="lda">Elements from one row of A to the next.</param>
    /// <param name="l">L, row-major; beyond the diagonal and beyond the rank zeros are written.</param>
    /// <param name="ldl">Elements from one row of L to the next.</param>
    /// <param name="order">Row i of L stands for row order[i] of A.</param>
    /// <param name="tolerance">What is left of the diagonal is taken for zero at or below this.</param>
    /// <returns>The rank.</returns>
    public static int Factor(int n, double* a, int lda, double* l, int ldl, int* order, double tolerance)
    {
        for (var i = 0; i < n; i++)
        {
            order[i] = i;
            new Span<double>(l + ((long)i * ldl), n).Clear();
        }

        for (var j = 0; j < n; j++)
        {
            // The remainder of the diagonal is summed anew for each pivot rather than updated: it must be right where it is small.
            var (pivot, best) = (-1, tolerance);
            for (var i = j; i < n; i++)
            {
                var remainder = a[((long)order[i] * lda) + order[i]] - TensorPrimitives.SumOfSquares(new ReadOnlySpan<double>(l + ((long)i * ldl), j));
                if (remainder > best)
                    (pivot, best) = (i, remainder);
            }

            if (pivot < 0)
                return j;
            Swap(l, ldl, order, j, pivot);
            Column(n, j, Math.Sqrt(best), a, lda, l, ldl, order);
        }

        return n;
    }

    private static void Column(int n, int j, double diagonal, double* a, int lda, double* l, int ldl, int* order)
    {
        var pivotRow = l + ((long)j * ldl);
        pivotRow[j] = diagonal;
        var finished = new ReadOnlySpan<double>(pivotRow, j);
        for (var i = j + 1; i < n; i++)
        {
            var row = l + ((long)i * ldl);
            row[j] = (a[((long)order[i] * lda) + order[j]] - TensorPrimitives.Dot(finished, new ReadOnlySpan<double>(row, j))) / diagonal;
        }
    }

    private static void Swap(double* l, int ldl, int* order, int i, int j)
    {
        if (i == j)
            return;
        (order[i], order[j]) = (order[j], order[i]);
        double* first = l + ((long)i * ldl), second = l + ((long)j * ldl);
        for (var k = 0; k < i; k++)
            (first[k], second[k]) = (second[k], first[k]);
    }
}
