using System.Runtime.CompilerServices;

namespace LayerGrad.Compute;

/// <summary>Eigenvalues of symmetric tridiagonal matrices.</summary>
internal static unsafe class Tridiagonal
{
    private const double Epsilon = 1.1102230246251565e-16;

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

            // The iteration finds eigenvalues at its first end, and small ones precisely if they are the first it finds.
            if (Math.Abs(d[end]) < Math.Abs(d[start]))
            {
                new Span<double>(d + start, end - start + 1).Reverse();
                new Span<double>(e + start, end - start).Reverse();
            }

            Iterate(start, end, d, e, ref budget);
            start = end + 1;
        }

        new Span<double>(d, n).Sort();
        for (var i = 0; i < n; i++)
            d[i] *= norm;
    }

    /// <summary>Whether the squared element beside the diagonal changes no eigenvalue any more: against its neighbours, or against the matrix (whose largest element is 1).</summary>
    private static bool Negligible(double* d, double* e, int i) =>
        e[i] <= Epsilon * Epsilon * Math.Max(Math.Abs(d[i] * d[i + 1]), Epsilon);

    private static void Iterate(int first, int end, double* d, double* e, ref long budget)
    {
        var l = first;
        var (target, tries) = (first, 0);
        while (l <= end)
        {
            if (l != target)
                (target, tries) = (l, 0);
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

            if (--budget < 0)
                throw new ArithmeticException("the eigenvalues of a tridiagonal matrix do not converge");
            var beside = Math.Sqrt(e[l]);
            var shift = Shift(d[l], d[l + 1], beside);

            // Two shifts that lie evenly about the spectrum can leave a symmetric matrix as it is; one shift twice does not.
            var other = ++tries % 4 == 0 ? shift : d[l] + d[l + 1] - shift;
            TwoSweeps(l, m, d, e, shift, other);
        }
    }

    /// <summary>
    /// Two sweeps of the QL iteration, with the two eigenvalues of the leading 2 × 2 block as shifts. Each sweep is one chain of divisions that wait for each other; the second follows the first
    /// two elements behind, and so the processor works on both at once.
    /// </summary>
    private static void TwoSweeps(int l, int m, double* d, double* e, double shift1, double shift2)
    {
        Sweep first = new(d[m], shift1), second = default;
        first.Step(m - 1, m, d, e);
        first.Step(m - 2, m, d, e);
        for (var i = m - 3; i >= l; i--)
        {
            if (i == m - 3)
                second = new Sweep(d[m], shift2);
            first.Step(i, m, d, e);
            second.Step(i + 2, m, d, e);
        }

        if (m - 3 < l)
            second = new Sweep(d[m], shift2);
        first.Finish(l, d, e);
        second.Step(l + 1, m, d, e);
        second.Step(l, m, d, e);
        second.Finish(l, d, e);
    }

    /// <summary>The state of one sweep on squared elements beside the diagonal (Parlett, "The Symmetric Eigenvalue Problem", 8.15).</summary>
    private struct Sweep
    {
        /// <summary>Below this a squared element of the sweep counts as zero: its inverse would leave the range of double.</summary>
        private const double Tiny = 1e-290;

        private readonly double _sigma;
        private double _c = 1;
        private double _s;
        private double _gamma;
        private double _p;

        public Sweep(double last, double sigma)
        {
            _sigma = sigma;
            _gamma = last - sigma;
            _p = _gamma * _gamma;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step(int i, int m, double* d, double* e)
        {
            var squared = e[i];
            var r = _p + squared;
            if (i != m - 1)
                e[i + 1] = _s * r;

            // gamma² / c with c = p / r: the inverse of p is at hand before c is.
            var ratio = r / _p;
            var vanishes = _p < Tiny;
            var c = vanishes ? 0 : _p / r;
            _s = squared / r;
            var alpha = d[i];
            var gamma = (c * (alpha - _sigma)) - (_s * _gamma);
            d[i + 1] = _gamma + (alpha - gamma);
            _p = vanishes ? _c * squared : gamma * gamma * ratio;
            (_c, _gamma) = (c, gamma);
        }

        public readonly void Finish(int l, double* d, double* e)
        {
            e[l] = _s * _p;
            d[l] = _sigma + _gamma;
        }
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
}
