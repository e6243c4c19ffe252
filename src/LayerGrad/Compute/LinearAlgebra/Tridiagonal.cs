using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace LayerGrad.Compute;

/// <summary>Symmetric matrices by way of tridiagonal ones.</summary>
internal static unsafe class Tridiagonal
{
    private const double Epsilon = 1.1102230246251565e-16;

    /// <summary>
    /// Reduces a symmetric matrix to tridiagonal form by Householder reflections from the last row up (Martin, Reinsch and Wilkinson 1968); the pass that applies one reflection
    /// also multiplies by the next one's vector, so that the matrix goes through the cache once a step.
    /// </summary>
    /// <param name="n">Rows and columns.</param>
    /// <param name="a">The matrix, row-major, of which the lower triangle is read; spoilt.</param>
    /// <param name="lda">Elements from one row to the next.</param>
    /// <param name="diagonal">n values.</param>
    /// <param name="offDiagonal">n values; element i stands between diagonal elements i and i + 1, the last is 0.</param>
    /// <param name="scratch">Room for 2 n values.</param>
    public static void Reduce(int n, double* a, int lda, double* diagonal, double* offDiagonal, double* scratch)
    {
        double* product = scratch, correction = scratch + n;
        var previous = 0;
        offDiagonal[n - 1] = 0;
        double* v = null;
        for (var i = n - 1; i >= 1; i--)
        {
            var row = a + ((long)i * lda);
            if (v is not null)
                UpdateRow(i + 1, row, v, correction, v[i], correction[i]);
            diagonal[i] = row[i];
            var reflected = Reflect(i, row, out offDiagonal[i - 1]);

            // Rows above i: first the previous reflection, then the product with this one.
            new Span<double>(product, i).Clear();
            for (var r = 0; r < i; r++)
            {
                var current = a + ((long)r * lda);
                if (v is not null)
                    UpdateRow(r + 1, current, v, correction, v[r], correction[r]);
                if (reflected)
                    product[r] += MultiplyRow(r, current, row, row[r], product) + (current[r] * row[r]);
            }

            if (!reflected)
            {
                v = null;
                continue;
            }

            // H = I - v vᵀ (v scaled so that its squared norm is 2): H A H = A - v qᵀ - q vᵀ with q = A v - (vᵀ A v / 2) v.
            v = row;
            previous = i;
            var half = TensorPrimitives.Dot(new ReadOnlySpan<double>(product, i), new ReadOnlySpan<double>(v, i)) / 2;
            for (var r = 0; r < i; r++)
                correction[r] = product[r] - (half * v[r]);
        }

        if (v is not null && previous >= 1)
            UpdateRow(1, a, v, correction, v[0], correction[0]);
        diagonal[0] = a[0];
    }

    /// <summary>
    /// The eigenvalues, ascending, of a symmetric tridiagonal matrix by the Pal-Walker-Kahan variant of the QL and QR iterations, which needs no square roots in its loops
    /// (as LAPACK's sterf).
    /// </summary>
    /// <param name="n">Rows and columns.</param>
    /// <param name="d">The diagonal; the eigenvalues take its place.</param>
    /// <param name="e">The n - 1 elements beside the diagonal; spoilt.</param>
    /// <exception cref="ArithmeticException">An element is not finite, or the iteration does not converge.</exception>
    public static void Eigenvalues(int n, double* d, double* e)
    {
        var norm = 0.0;
        for (var i = 0; i < n; i++)
            norm = Math.Max(norm, Math.Max(Math.Abs(d[i]), i + 1 < n ? Math.Abs(e[i]) : 0));
        if (!double.IsFinite(norm))
            throw new ArithmeticException("a matrix whose eigenvalues are wanted has an element that is not finite");
        if (norm == 0)
            return;

        for (var i = 0; i < n; i++)
        {
            d[i] /= norm;
            if (i + 1 < n)
                e[i] = e[i] / norm * (e[i] / norm);
        }

        var budget = 30L * n;
        var start = 0;
        while (start < n)
        {
            var end = start;
            while (end < n - 1 && !Negligible(d, e, end))
                end++;
            if (end < n - 1)
                e[end] = 0;
            if (Math.Abs(d[end]) < Math.Abs(d[start]))
                IterateQr(start, end, d, e, ref budget);
            else
                IterateQl(start, end, d, e, ref budget);
            start = end + 1;
        }

        new Span<double>(d, n).Sort();
        for (var i = 0; i < n; i++)
            d[i] *= norm;
    }

    /// <summary>Whether the squared element beside the diagonal changes no eigenvalue any more: against its neighbours, or against the matrix (whose largest element is 1).</summary>
    private static bool Negligible(double* d, double* e, int i) =>
        e[i] <= Epsilon * Epsilon * Math.Max(Math.Abs(d[i] * d[i + 1]), Epsilon);

    private static void IterateQl(int first, int end, double* d, double* e, ref long budget)
    {
        var l = first;
        while (l <= end)
        {
            var m = l;
            while (m < end && !Negligible(d, e, m))
                m++;
            if (m < end)
                e[m] = 0;
            if (m == l)
            {
                l++;
                continue;
            }

            if (m == l + 1)
            {
                TwoByTwo(ref d[l], Math.Sqrt(e[l]), ref d[l + 1]);
                e[l] = 0;
                l += 2;
                continue;
            }

            Spend(ref budget);
            var sigma = Shift(d[l], d[l + 1], Math.Sqrt(e[l]));
            double c = 1, s = 0;
            var gamma = d[m] - sigma;
            var p = gamma * gamma;
            for (var i = m - 1; i >= l; i--)
            {
                var squared = e[i];
                var r = p + squared;
                if (i != m - 1)
                    e[i + 1] = s * r;
                var oldC = c;
                c = p / r;
                s = squared / r;
                var oldGamma = gamma;
                gamma = (c * (d[i] - sigma)) - (s * oldGamma);
                d[i + 1] = oldGamma + (d[i] - gamma);
                p = c != 0 ? gamma * gamma / c : oldC * squared;
            }

            e[l] = s * p;
            d[l] = sigma + gamma;
        }
    }

    private static void IterateQr(int end, int first, double* d, double* e, ref long budget)
    {
        var l = first;
        while (l >= end)
        {
            var m = l;
            while (m > end && !Negligible(d, e, m - 1))
                m--;
            if (m > end)
                e[m - 1] = 0;
            if (m == l)
            {
                l--;
                continue;
            }

            if (m == l - 1)
            {
                TwoByTwo(ref d[l], Math.Sqrt(e[l - 1]), ref d[l - 1]);
                e[l - 1] = 0;
                l -= 2;
                continue;
            }

            Spend(ref budget);
            var sigma = Shift(d[l], d[l - 1], Math.Sqrt(e[l - 1]));
            double c = 1, s = 0;
            var gamma = d[m] - sigma;
            var p = gamma * gamma;
            for (var i = m; i < l; i++)
            {
                var squared = e[i];
                var r = p + squared;
                if (i != m)
                    e[i - 1] = s * r;
                var oldC = c;
                c = p / r;
                s = squared / r;
                var oldGamma = gamma;
                gamma = (c * (d[i + 1] - sigma)) - (s * oldGamma);
                d[i] = oldGamma + (d[i + 1] - gamma);
                p = c != 0 ? gamma * gamma / c : oldC * squared;
            }

            e[l - 1] = s * p;
            d[l] = sigma + gamma;
        }
    }

    private static void Spend(ref long budget)
    {
        if (--budget < 0)
            throw new ArithmeticException("the eigenvalues of a tridiagonal matrix do not converge");
    }

    private static double Shift(double p, double next, double beside)
    {
        var sigma = (next - p) / (2 * beside);
        return p - (beside / (sigma + Math.CopySign(double.Hypot(sigma, 1), sigma)));
    }

    /// <summary>The eigenvalues of [[a, b], [b, c]], in place of a and c (LAPACK's dlae2).</summary>
    private static void TwoByTwo(ref double a, double b, ref double c)
    {
        double sum = a + c, root = double.Hypot(a - c, 2 * b);
        var (large, small) = Math.Abs(a) > Math.Abs(c) ? (a, c) : (c, a);
        if (sum == 0)
        {
            (a, c) = (root / 2, -root / 2);
            return;
        }

        var first = (sum + Math.CopySign(root, sum)) / 2;
        (a, c) = (first, (large / first * small) - (b / first * b));
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

    /// <summary>row -= v_r q + q_r v on the first <paramref name="length"/> elements.</summary>
    private static void UpdateRow(int length, double* row, double* v, double* q, double vr, double qr)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var (first, second) = (Vector512.Create(-vr), Vector512.Create(-qr));
            for (; i + 8 <= length; i += 8)
                Vector512.FusedMultiplyAdd(second, Vector512.Load(v + i), Vector512.FusedMultiplyAdd(first, Vector512.Load(q + i), Vector512.Load(row + i))).Store(row + i);
        }
        else
        {
            var (first, second) = (Vector256.Create(-vr), Vector256.Create(-qr));
            for (; i + 4 <= length; i += 4)
                Vector256.MultiplyAddEstimate(second, Vector256.Load(v + i), Vector256.MultiplyAddEstimate(first, Vector256.Load(q + i), Vector256.Load(row + i))).Store(row + i);
        }

        for (; i < length; i++)
            row[i] -= (vr * q[i]) + (qr * v[i]);
    }

    /// <summary>Adds factor · row to the product and returns the inner product of row and v, on the first <paramref name="length"/> elements.</summary>
    private static double MultiplyRow(int length, double* row, double* v, double factor, double* product)
    {
        var i = 0;
        var sum = 0.0;
        if (Vector512.IsHardwareAccelerated)
        {
            var (sums, factors) = (Vector512<double>.Zero, Vector512.Create(factor));
            for (; i + 8 <= length; i += 8)
            {
                var values = Vector512.Load(row + i);
                sums = Vector512.FusedMultiplyAdd(values, Vector512.Load(v + i), sums);
                Vector512.FusedMultiplyAdd(factors, values, Vector512.Load(product + i)).Store(product + i);
            }

            sum = Vector512.Sum(sums);
        }
        else
        {
            var (sums, factors) = (Vector256<double>.Zero, Vector256.Create(factor));
            for (; i + 4 <= length; i += 4)
            {
                var values = Vector256.Load(row + i);
                sums = Vector256.MultiplyAddEstimate(values, Vector256.Load(v + i), sums);
                Vector256.MultiplyAddEstimate(factors, values, Vector256.Load(product + i)).Store(product + i);
            }

            sum = Vector256.Sum(sums);
        }

        for (; i < length; i++)
        {
            sum += row[i] * v[i];
            product[i] += factor * row[i];
        }

        return sum;
    }
}
