using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>Reduction of a matrix to bidiagonal form, which has the same singular values.</summary>
internal static unsafe class Bidiagonal
{
    /// <summary>Householder reflections from the left and the right in turn (Golub and Kahan 1965). Of a matrix with fewer columns than rows, the transpose is reduced.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="a">The matrix, row-major; spoilt.</param>
    /// <param name="lda">Elements from one row to the next.</param>
    /// <param name="diagonal">min(rows, columns) values.</param>
    /// <param name="offDiagonal">As many; the last is 0.</param>
    /// <param name="scratch">Room for max(rows, columns) values.</param>
    public static void Reduce(int rows, int columns, double* a, int lda, double* diagonal, double* offDiagonal, double* scratch)
    {
        var count = Math.Min(rows, columns);
        for (var i = 0; i < count; i++)
        {
            offDiagonal[i] = 0;
            if (rows >= columns)
            {
                diagonal[i] = ReflectColumn(rows - i, columns - i, a + ((long)i * lda) + i, lda, scratch);
                if (i + 1 < columns)
                    offDiagonal[i] = ReflectRow(rows - i - 1, columns - i - 1, a + ((long)i * lda) + i + 1, lda);
            }
            else
            {
                // A lower bidiagonal matrix: the transpose of an upper one.
                diagonal[i] = ReflectRow(rows - i - 1, columns - i, a + ((long)i * lda) + i, lda);
                if (i + 1 < rows)
                    offDiagonal[i] = ReflectColumn(rows - i - 1, columns - i, a + ((long)(i + 1) * lda) + i, lda, scratch);
            }
        }
    }

    /// <summary>Reflects a row onto its first element, and the <paramref name="rows"/> rows below it with it; returns the element.</summary>
    private static double ReflectRow(int rows, int length, double* row, int lda)
    {
        var vector = new Span<double>(row, length);
        if (!MakeVector(vector, out var remaining))
            return remaining;
        for (var r = 1; r <= rows; r++)
        {
            var target = new Span<double>(row + ((long)r * lda), length);
            TensorPrimitives.MultiplyAdd(vector, -TensorPrimitives.Dot<double>(vector, target), target, target);
        }

        return remaining;
    }

    /// <summary>Reflects a column onto its first element, and the columns to its right with it; returns the element.</summary>
    private static double ReflectColumn(int length, int columns, double* a, int lda, double* scratch)
    {
        // The column is gathered in place of nothing else: its own elements below the first are not needed again.
        var vector = new Span<double>(scratch, length);
        for (var r = 0; r < length; r++)
            vector[r] = a[(long)r * lda];
        if (!MakeVector(vector, out var remaining))
            return remaining;
        var width = columns - 1;
        if (width == 0)
            return remaining;

        // vᵀ A is gathered in the first row's place of a small block of columns at a time, which stays in the first-level cache.
        const int Block = 256;
        var sums = stackalloc double[Block];
        for (var first = 1; first <= width; first += Block)
        {
            var count = Math.Min(Block, width + 1 - first);
            var product = new Span<double>(sums, count);
            product.Clear();
            for (var r = 0; r < length; r++)
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<double>(a + ((long)r * lda) + first, count), vector[r], product, product);
            for (var r = 0; r < length; r++)
            {
                var target = new Span<double>(a + ((long)r * lda) + first, count);
                TensorPrimitives.MultiplyAdd(product, -vector[r], target, target);
            }
        }

        return remaining;
    }

    /// <summary>Turns a vector into that of the reflection onto its first element, of squared norm 2.</summary>
    /// <returns>Whether there is anything to reflect.</returns>
    internal static bool MakeVector(Span<double> vector, out double remaining)
    {
        remaining = vector[0];
        var largest = vector.Length > 1 ? Math.Abs(TensorPrimitives.MaxMagnitude<double>(vector[1..])) : 0;
        if (largest == 0)
            return false;

        // Scaled, so that squares neither overflow nor vanish.
        largest = Math.Max(largest, Math.Abs(remaining));
        TensorPrimitives.Divide(vector, largest, vector);
        var norm = Math.CopySign(TensorPrimitives.Norm<double>(vector), remaining);
        vector[0] += norm;
        remaining = -norm * largest;
        TensorPrimitives.Multiply(vector, Math.Sqrt(2) / TensorPrimitives.Norm<double>(vector), vector);
        return true;
    }
}
