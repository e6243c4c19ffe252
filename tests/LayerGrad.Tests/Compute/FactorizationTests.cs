using LayerGrad.Compute;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LayerGrad.Tests.Compute;

/// <summary>The managed factorizations and LAPACK's, against an independent implementation (MathNet) and against matrices of known spectrum.</summary>
public sealed unsafe class FactorizationTests
{
    public static TheoryData<bool, int> Sizes()
    {
        var data = new TheoryData<bool, int>();
        foreach (var managed in BlasLibrary.Available ? (bool[])[true, false] : [true])
        {
            foreach (var n in (int[])[1, 2, 3, 5, 16, 33, 70, 150])
                data.Add(managed, n);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Eigenvalues_of_a_random_symmetric_matrix(bool managed, int n)
    {
        var a = Symmetric(n);
        Matrices.ShouldBeNear(Eigenvalues(managed, n, a), Reference(n, a), 1e-12 * n);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Eigenvalues_of_a_matrix_of_low_rank(bool managed, int n)
    {
        var rank = (n + 3) / 4;
        var x = Matrices.Random<double>(n, n * rank);
        var a = Matrices.Multiply(false, true, n, n, rank, 1, x, rank, x, rank, 0, new double[n * n], n);
        var values = Eigenvalues(managed, n, a);
        Matrices.ShouldBeNear(values, Reference(n, a), 1e-12 * n);
        values.Count(value => Math.Abs(value) < 1e-12 * n).ShouldBe(n - rank);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Eigenvalues_of_known_matrices(bool managed, int n)
    {
        // The second difference matrix: 2 - 2 cos(k pi / (n + 1)).
        var second = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            second[(i * n) + i] = 2;
            if (i > 0)
                second[(i * n) + i - 1] = second[((i - 1) * n) + i] = -1;
        }

        Matrices.ShouldBeNear(Eigenvalues(managed, n, second), [.. Enumerable.Range(1, n).Select(k => 2 - (2 * Math.Cos(k * Math.PI / (n + 1))))], 1e-13 * n);
        Matrices.ShouldBeNear(Eigenvalues(managed, n, new double[n * n]), new double[n], 0);
        var ones = new double[n * n];
        Array.Fill(ones, 1e-30);
        var expected = new double[n];
        expected[n - 1] = n * 1e-30;
        Matrices.ShouldBeNear(Eigenvalues(managed, n, ones), expected, 1e-43 * n);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Singular_values_of_random_matrices(bool managed, int n)
    {
        foreach (var (rows, columns) in ((int, int)[])[(n, n), (n, n + 7), ((2 * n) + 1, n)])
        {
            var a = Matrices.Random<double>(rows, rows * columns);
            Matrices.ShouldBeNear(SingularValues(managed, rows, columns, a), ReferenceSingular(rows, columns, a), 1e-13 * (n + 10));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Singular_values_of_graded_and_deficient_matrices(bool managed, int n)
    {
        var graded = Matrices.Random<double>(1, n * n);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
                graded[(i * n) + j] *= Math.Pow(10, -12.0 * i / n);
        }

        Matrices.ShouldBeNear(SingularValues(managed, n, n, graded), ReferenceSingular(n, n, graded), 1e-14 * n);
        Matrices.ShouldBeNear(SingularValues(managed, n, n, new double[n * n]), new double[n], 0);
        var rankOne = new double[n * n];
        Array.Fill(rankOne, 1e-200);
        var values = SingularValues(managed, n, n, rankOne);
        values[0].ShouldBe(n * 1e-200, n * 1e-213);
        values.Skip(1).ShouldAllBe(value => value < n * 1e-213);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_lower_factor_has_the_inner_products_of_the_rows(bool managed, int n)
    {
        foreach (var columns in (int[])[n, n + 1, (3 * n) + 2])
        {
            using var factorizations = Create(managed);
            var a = Matrices.Random<double>(n, n * columns);
            var expected = Matrices.Multiply(false, true, n, n, columns, 1, a, columns, a, columns, 0, new double[n * n], n);
            fixed (double* pointer = a)
                factorizations.LowerFactor(n, columns, pointer, columns);
            var l = new double[n * n];
            for (var i = 0; i < n; i++)
                Array.Copy(a, i * columns, l, i * n, i + 1);
            Matrices.ShouldBeNear(Matrices.Multiply(false, true, n, n, n, 1, l, n, l, n, 0, new double[n * n], n), expected, 1e-13 * (n + 10));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Cholesky_factors_give_the_matrix_back_or_say_that_there_are_none(bool managed, int n)
    {
        using var factorizations = Create(managed);
        var x = Matrices.Random<double>(n, n * (n + 5));
        var gram = Matrices.Multiply(false, true, n, n, n + 5, 1, x, n + 5, x, n + 5, 0, new double[n * n], n);
        var l = (double[])gram.Clone();
        fixed (double* pointer = l)
            factorizations.TryCholesky(n, pointer, n).ShouldBeTrue();
        ClearUpper(n, l);
        Matrices.ShouldBeNear(Matrices.Multiply(false, true, n, n, n, 1, l, n, l, n, 0, new double[n * n], n), gram, 1e-13 * (n + 10));

        var indefinite = (double[])gram.Clone();
        indefinite[^1] = -1;
        fixed (double* pointer = indefinite)
            factorizations.TryCholesky(n, pointer, n).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 2)]
    [InlineData(90, 17)]
    [InlineData(90, 90)]
    public void Pivoted_cholesky_finds_the_rank(int n, int rank)
    {
        var x = Matrices.Random<double>(n, n * rank);
        var gram = Matrices.Multiply(false, true, n, n, rank, 1, x, rank, x, rank, 0, new double[n * n], n);
        var l = new double[n * n];
        var order = new int[n];
        fixed (double* a = gram, factor = l)
        fixed (int* pivots = order)
            PivotedCholesky.Factor(n, a, n, factor, n, pivots, 1e-12).ShouldBe(rank);
        order.Order().ShouldBe(Enumerable.Range(0, n));
        var back = Matrices.Multiply(false, true, n, n, n, 1, l, n, l, n, 0, new double[n * n], n);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
                back[(i * n) + j].ShouldBe(gram[(order[i] * n) + order[j]], 1e-11);
        }
    }

    [Fact]
    public void A_tridiagonal_matrix_that_is_not_finite_is_an_error()
    {
        double* d = stackalloc double[3], e = stackalloc double[3];
        (d[0], d[1], d[2], e[0], e[1], e[2]) = (1, double.NaN, 1, 1, 1, 0);
        var (diagonal, beside) = ((nint)d, (nint)e);
        Should.Throw<ArithmeticException>(() => Tridiagonal.Eigenvalues(3, (double*)diagonal, (double*)beside));
    }

    [Fact]
    public void Tridiagonal_matrices_that_are_hard_to_solve_converge()
    {
        var random = new Random(7);
        foreach (var n in (int[])[2, 3, 4, 5, 21, 64, 201])
        {
            // Wilkinson's matrix (pairs of eigenvalues that agree to many digits), constant and alternating ones, zero diagonals, entries graded over 1e-300, clusters, blocks that touch by 1e-12.
            Check(n, i => Math.Abs(i - (n / 2)), _ => 1);
            Check(n, _ => 1, _ => 1);
            Check(n, i => i % 2 == 0 ? 1 : -1, _ => 0.5);
            Check(n, _ => 0, _ => 1);
            Check(n, _ => 0, i => i % 2 == 0 ? 1 : 1e-9);
            Check(n, i => Math.Pow(10, -300.0 * i / n), i => Math.Pow(10, -300.0 * (i + 0.5) / n));
            Check(n, i => Math.Pow(10, -300.0 * (n - i) / n), i => Math.Pow(10, -300.0 * (n - i + 0.5) / n));
            Check(n, _ => 1, _ => 1e-14);
            Check(n, i => Math.Abs((i % 7) - 3), i => i % 7 == 6 ? 1e-12 : 1);
            Check(n, i => -Math.Abs((i % 21) - 10), i => i % 21 == 20 ? 1e-6 : 1);
            for (var repeat = 0; repeat < 30; repeat++)
                Check(n, _ => random.NextDouble() - 0.5, _ => Math.Pow(10, -20 * random.NextDouble()) * (random.NextDouble() - 0.5));
        }

        static void Check(int n, Func<int, double> diagonal, Func<int, double> beside)
        {
            double[] d = [.. Enumerable.Range(0, n).Select(diagonal)], e = [.. Enumerable.Range(0, n).Select(i => i + 1 < n ? beside(i) : 0)];
            var dense = DenseMatrix.Create(n, n, (i, j) => i == j ? d[i] : Math.Abs(i - j) == 1 ? e[Math.Min(i, j)] : 0);
            double[] expected = n > 100 ? [] : [.. dense.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues.Select(value => value.Real).Order()];
            var (trace, squares) = (d.Sum(), d.Sum(value => value * value) + (2 * e.Sum(value => value * value)));
            fixed (double* pd = d, pe = e)
                Tridiagonal.Eigenvalues(n, pd, pe);
            var norm = Math.Sqrt(squares);
            d.Sum().ShouldBe(trace, 1e-14 * norm * n);
            d.Sum(value => value * value).ShouldBe(squares, 1e-14 * squares * n);
            if (expected.Length > 0)
                Matrices.ShouldBeNear(d, expected, 1e-14 * norm * Math.Sqrt(n));
        }
    }

    private static IFactorizations Create(bool managed) => managed ? new ManagedFactorizations(new MemoryCounter()) : new LapackFactorizations(new MemoryCounter());

    private static double[] Symmetric(int n)
    {
        var a = Matrices.Random<double>(n, n * n);
        for (var i = 0; i < n; i++)
        {
            for (var j = i + 1; j < n; j++)
                a[(i * n) + j] = a[(j * n) + i];
        }

        return a;
    }

    private static double[] Eigenvalues(bool managed, int n, double[] a)
    {
        using var factorizations = Create(managed);
        var lower = (double[])a.Clone();
        for (var i = 0; i < n; i++)
            Array.Fill(lower, double.NaN, (i * n) + i + 1, n - i - 1);
        var values = new double[n];
        fixed (double* pa = lower, pv = values)
            factorizations.SymmetricEigenvalues(n, pa, n, pv);
        return values;
    }

    private static double[] SingularValues(bool managed, int rows, int columns, double[] a)
    {
        using var factorizations = Create(managed);
        var copy = (double[])a.Clone();
        var values = new double[Math.Min(rows, columns)];
        fixed (double* pa = copy, pv = values)
            factorizations.SingularValues(rows, columns, pa, columns, pv);
        return values;
    }

    private static double[] Reference(int n, double[] a) => [.. DenseMatrix.Create(n, n, (i, j) => a[(i * n) + j]).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues.Select(value => value.Real).Order()];

    private static double[] ReferenceSingular(int rows, int columns, double[] a) => [.. DenseMatrix.Create(rows, columns, (i, j) => a[(i * columns) + j]).Svd(computeVectors: false).S];

    private static void ClearUpper(int n, double[] a)
    {
        for (var i = 0; i < n; i++)
            Array.Clear(a, (i * n) + i + 1, n - i - 1);
    }
}
