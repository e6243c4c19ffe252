using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>
/// The LQ factorization of a row-major matrix (the QR factorization of its transpose) by Householder reflections, a block of rows at a time so that most of the work
/// is matrix products (Schreiber and Van Loan 1989, "A storage-efficient WY representation").
/// </summary>
internal sealed unsafe class HouseholderFactor(MemoryCounter counter) : IDisposable
{
    private const int BlockRows = 32;

    private readonly NativeBuffer<double> _work = new(counter);

    /// <summary>Makes room.</summary>
    /// <param name="elements">64 a row and 32 a column of the largest matrix are enough.</param>
    public void Reserve(long elements) => _work.Reserve(elements);

    /// <summary>A = L Qᵀ; L takes the place of the lower triangle of A's first <paramref name="rows"/> columns, the rest of A is spoilt.</summary>
    public void Compute(IMatrixProduct<double> product, int rows, int columns, double* a, int lda)
    {
        var triangle = stackalloc double[BlockRows * BlockRows];
        var vectors = _work.Reserve(((long)BlockRows * columns) + (2L * BlockRows * rows));
        for (var first = 0; first < rows; first += BlockRows)
        {
            var height = Math.Min(BlockRows, rows - first);
            var width = columns - first;
            var panel = a + ((long)first * lda) + first;
            FactorPanel(height, width, panel, lda, vectors);
            var rest = rows - first - height;
            if (rest > 0)
                Apply(product, height, width, rest, vectors, vectors + ((long)BlockRows * columns), triangle, panel + ((long)height * lda), lda);
        }
    }

    /// <summary>Frees the workspaces.</summary>
    public void Dispose()
    {
        _work.Dispose();
    }

    /// <summary>Reflects the rows of a panel one after another; the vectors (of squared norm 2, or zero) go beside, each with zeros in front.</summary>
    private static void FactorPanel(int height, int width, double* panel, int lda, double* vectors)
    {
        for (var i = 0; i < height; i++)
        {
            var stored = new Span<double>(vectors + ((long)i * width), width);
            stored[..i].Clear();
            var vector = stored[i..];
            var row = new Span<double>(panel + ((long)i * lda) + i, width - i);
            row.CopyTo(vector);
            if (!Bidiagonal.MakeVector(vector, out var remaining))
            {
                vector.Clear();
                continue;
            }

            row[0] = remaining;
            for (var r = i + 1; r < height; r++)
            {
                var target = new Span<double>(panel + ((long)r * lda) + i, width - i);
                TensorPrimitives.MultiplyAdd(vector, -TensorPrimitives.Dot<double>(vector, target), target, target);
            }
        }
    }

    /// <summary>B (I - Vᵀ T V) for the rows B below the panel, with the reflections' vectors as rows of V and T upper triangular.</summary>
    private static void Apply(
        IMatrixProduct<double> product, int height, int width, int rest, double* v, double* projected, double* triangle, double* b, int ldb)
    {
        // H_1 ... H_j = I - Vᵀ T V; T grows by the column -T (V v_j), with 1 on the diagonal since each vector's squared norm is 2.
        var inner = stackalloc double[BlockRows * BlockRows];
        product.Multiply(false, true, height, height, width, 1, v, width, v, width, 0, inner, height);
        for (var j = 0; j < height; j++)
        {
            for (var i = 0; i < height; i++)
            {
                var sum = i == j ? 1.0 : 0.0;
                for (var k = i; k < j; k++)
                    sum -= triangle[(i * height) + k] * inner[(k * height) + j];
                triangle[(i * height) + j] = i <= j ? sum : 0;
            }
        }

        var weighted = projected + ((long)rest * height);
        product.Multiply(false, true, rest, height, width, 1, b, ldb, v, width, 0, projected, height);
        product.Multiply(false, false, rest, height, height, 1, projected, height, triangle, height, 0, weighted, height);
        product.Multiply(false, false, rest, width, height, -1, weighted, height, v, width, 1, b, ldb);
    }
}
