using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LayerGrad.Compute;

/// <summary>
/// Reduction of a symmetric matrix to tridiagonal form by Householder reflections from the last row up (Martin, Reinsch and Wilkinson 1968). The pass that applies one reflection also multiplies by
/// the next one's vector, four rows at a time, so that the matrix goes through the cache once a step and most of what is loaded is used four times.
/// </summary>
internal static unsafe class TridiagonalReduction
{
    private const int RowBlock = 4;

    /// <summary>Reduces a matrix.</summary>
    /// <param name="n">Rows and columns.</param>
    /// <param name="a">The matrix, row-major, of which the lower triangle is read; spoilt.</param>
    /// <param name="lda">Elements from one row to the next.</param>
    /// <param name="diagonal">n values.</param>
    /// <param name="offDiagonal">n values; element i stands between diagonal elements i and i + 1, the last is 0.</param>
    /// <param name="scratch">Room for 3 n values.</param>
    public static void Reduce(int n, double* a, int lda, double* diagonal, double* offDiagonal, double* scratch)
    {
        double* product = scratch, correction = scratch + n, none = scratch + (2L * n);
        new Span<double>(correction, 2 * n).Clear();

        // A' = A - v qᵀ - q vᵀ is the matrix after the last reflection; it is applied to a row when the row is next read.
        var v = none;
        for (var i = n - 1; i >= 1; i--)
        {
            var row = a + ((long)i * lda);
            UpdateRow(i + 1, row, v, correction, v[i], correction[i]);
            diagonal[i] = row[i];
            new Span<double>(product, i).Clear();
            var reflected = Reflect(i, row, out offDiagonal[i - 1]);
            if (!reflected)
            {
                for (var r = 0; r < i; r++)
                    UpdateRow(r + 1, a + ((long)r * lda), v, correction, v[r], correction[r]);
                v = none;
                new Span<double>(correction, i).Clear();
                continue;
            }

            UpdateAndMultiply(i, a, lda, v, correction, row, product);

            // H = I - v vᵀ (v of squared norm 2): H A H = A - v qᵀ - q vᵀ with q = A v - (vᵀ A v / 2) v.
            v = row;
            var half = TensorPrimitives.Dot(new ReadOnlySpan<double>(product, i), new ReadOnlySpan<double>(v, i)) / 2;
            for (var r = 0; r < i; r++)
                correction[r] = product[r] - (half * v[r]);
        }

        offDiagonal[n - 1] = 0;
        UpdateRow(1, a, v, correction, v[0], correction[0]);
        diagonal[0] = a[0];
    }

    /// <summary>Turns the first <paramref name="length"/> elements of a row into the vector of the reflection that leaves only the last of them, of squared norm 2.</summary>
    /// <returns>Whether there is anything to reflect.</returns>
    private static bool Reflect(int length, double* row, out double remaining)
    {
        var head = new Span<double>(row, length - 1);
        remaining = row[length - 1];
        var largest = length > 1 ? Math.Abs(TensorPrimitives.MaxMagnitude<double>(head)) : 0;
        if (largest == 0)
            return false;

        // Scaled, so that squares neither overflow nor vanish.
        var scale = 1 / Math.Max(largest, Math.Abs(remaining));
        var whole = new Span<double>(row, length);
        if (double.IsInfinity(scale))
            scale = 1;
        TensorPrimitives.Multiply(whole, scale, whole);
        var norm = TensorPrimitives.Norm<double>(whole);
        var alpha = -Math.CopySign(norm, remaining);
        row[length - 1] -= alpha;
        remaining = alpha / scale;
        TensorPrimitives.Multiply(whole, Math.Sqrt(2) / TensorPrimitives.Norm<double>(whole), whole);
        return true;
    }

    /// <summary>A -= v qᵀ + q vᵀ on the lower triangle of the first <paramref name="rows"/> rows, and product = A next.</summary>
    private static void UpdateAndMultiply(int rows, double* a, int lda, double* v, double* q, double* next, double* product)
    {
        var first = 0;
        var sums = stackalloc double[RowBlock];
        for (; first + RowBlock <= rows; first += RowBlock)
        {
            var block = a + ((long)first * lda);
            if (Vector512.IsHardwareAccelerated)
                Rectangle512(first, block, lda, v, q, next, product, first, sums);
            else
                Rectangle256(0, first, block, lda, v, q, next, product, first, sums, accumulate: false);
            for (var r = 0; r < RowBlock; r++)
                product[first + r] += sums[r];
            for (var r = first; r < first + RowBlock; r++)
                Triangle(first, r, a + ((long)r * lda), v, q, next, product);
        }

        for (; first < rows; first++)
            Triangle(0, first, a + ((long)first * lda), v, q, next, product);
    }

    /// <summary>The columns <paramref name="start"/> to <paramref name="row"/> of one row that ends on the diagonal.</summary>
    private static void Triangle(int start, int row, double* values, double* v, double* q, double* next, double* product)
    {
        var sum = 0.0;
        for (var c = start; c < row; c++)
        {
            var value = values[c] - (v[row] * q[c]) - (q[row] * v[c]);
            values[c] = value;
            sum += value * next[c];
            product[c] += value * next[row];
        }

        values[row] -= 2 * v[row] * q[row];
        product[row] += sum + (values[row] * next[row]);
    }

    /// <summary>Four rows left of the diagonal block; their inner products with the next vector go to <paramref name="sums"/>.</summary>
    private static void Rectangle512(int columns, double* a, int lda, double* v, double* q, double* next, double* product, int row, double* sums)
    {
        double* row0 = a, row1 = a + lda, row2 = row1 + lda, row3 = row2 + lda;
        Vector512<double> v0 = Vector512.Create(-v[row]), v1 = Vector512.Create(-v[row + 1]), v2 = Vector512.Create(-v[row + 2]), v3 = Vector512.Create(-v[row + 3]);
        Vector512<double> q0 = Vector512.Create(-q[row]), q1 = Vector512.Create(-q[row + 1]), q2 = Vector512.Create(-q[row + 2]), q3 = Vector512.Create(-q[row + 3]);
        Vector512<double> n0 = Vector512.Create(next[row]), n1 = Vector512.Create(next[row + 1]), n2 = Vector512.Create(next[row + 2]), n3 = Vector512.Create(next[row + 3]);
        Vector512<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        var c = 0;
        for (; c + 8 <= columns; c += 8)
        {
            Vector512<double> vc = Vector512.Load(v + c), qc = Vector512.Load(q + c), nc = Vector512.Load(next + c);
            var a0 = Vector512.FusedMultiplyAdd(q0, vc, Vector512.FusedMultiplyAdd(v0, qc, Vector512.Load(row0 + c)));
            var a1 = Vector512.FusedMultiplyAdd(q1, vc, Vector512.FusedMultiplyAdd(v1, qc, Vector512.Load(row1 + c)));
            var a2 = Vector512.FusedMultiplyAdd(q2, vc, Vector512.FusedMultiplyAdd(v2, qc, Vector512.Load(row2 + c)));
            var a3 = Vector512.FusedMultiplyAdd(q3, vc, Vector512.FusedMultiplyAdd(v3, qc, Vector512.Load(row3 + c)));
            a0.Store(row0 + c);
            a1.Store(row1 + c);
            a2.Store(row2 + c);
            a3.Store(row3 + c);
            sum0 = Vector512.FusedMultiplyAdd(a0, nc, sum0);
            sum1 = Vector512.FusedMultiplyAdd(a1, nc, sum1);
            sum2 = Vector512.FusedMultiplyAdd(a2, nc, sum2);
            sum3 = Vector512.FusedMultiplyAdd(a3, nc, sum3);
            var even = Vector512.FusedMultiplyAdd(a2, n2, Vector512.FusedMultiplyAdd(a0, n0, Vector512.Load(product + c)));
            (even + Vector512.FusedMultiplyAdd(a3, n3, a1 * n1)).Store(product + c);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (Vector512.Sum(sum0), Vector512.Sum(sum1), Vector512.Sum(sum2), Vector512.Sum(sum3));
        if (c < columns)
            Rectangle256(c, columns, a, lda, v, q, next, product, row, sums, accumulate: true);
    }

    /// <summary>The same on 256-bit vectors, from column <paramref name="start"/>; the number of columns is a multiple of four.</summary>
    private static void Rectangle256(int start, int columns, double* a, int lda, double* v, double* q, double* next, double* product, int row, double* sums, bool accumulate)
    {
        double* row0 = a, row1 = a + lda, row2 = row1 + lda, row3 = row2 + lda;
        Vector256<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var c = start; c < columns; c += 4)
        {
            Vector256<double> vc = Vector256.Load(v + c), qc = Vector256.Load(q + c), nc = Vector256.Load(next + c);
            var a0 = Update(Vector256.Load(row0 + c), v[row], q[row], vc, qc);
            var a1 = Update(Vector256.Load(row1 + c), v[row + 1], q[row + 1], vc, qc);
            var a2 = Update(Vector256.Load(row2 + c), v[row + 2], q[row + 2], vc, qc);
            var a3 = Update(Vector256.Load(row3 + c), v[row + 3], q[row + 3], vc, qc);
            a0.Store(row0 + c);
            a1.Store(row1 + c);
            a2.Store(row2 + c);
            a3.Store(row3 + c);
            sum0 = Vector256.MultiplyAddEstimate(a0, nc, sum0);
            sum1 = Vector256.MultiplyAddEstimate(a1, nc, sum1);
            sum2 = Vector256.MultiplyAddEstimate(a2, nc, sum2);
            sum3 = Vector256.MultiplyAddEstimate(a3, nc, sum3);
            var even = Vector256.MultiplyAddEstimate(a2, Vector256.Create(next[row + 2]), Vector256.MultiplyAddEstimate(a0, Vector256.Create(next[row]), Vector256.Load(product + c)));
            (even + Vector256.MultiplyAddEstimate(a3, Vector256.Create(next[row + 3]), a1 * next[row + 1])).Store(product + c);
        }

        var before = accumulate ? Vector256.Load(sums) : Vector256<double>.Zero;
        (before + Vector256.Create(Vector256.Sum(sum0), Vector256.Sum(sum1), Vector256.Sum(sum2), Vector256.Sum(sum3))).Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Update(Vector256<double> values, double vr, double qr, Vector256<double> v, Vector256<double> q) =>
        Vector256.MultiplyAddEstimate(Vector256.Create(-qr), v, Vector256.MultiplyAddEstimate(Vector256.Create(-vr), q, values));

    /// <summary>row -= v_r q + q_r v on the first <paramref name="length"/> elements.</summary>
    private static void UpdateRow(int length, double* row, double* v, double* q, double vr, double qr)
    {
        var target = new Span<double>(row, length);
        TensorPrimitives.MultiplyAdd(new ReadOnlySpan<double>(q, length), -vr, target, target);
        TensorPrimitives.MultiplyAdd(new ReadOnlySpan<double>(v, length), -qr, target, target);
    }
}
