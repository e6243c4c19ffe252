using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

public sealed unsafe class MatrixProductTests
{
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 1, 7, 3 }, { 5, 1, 9 }, { 12, 32, 8 }, { 13, 33, 300 }, { 97, 191, 64 }, { 203, 65, 257 }, { 24, 2100, 5 }, { 6, 16, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Managed_products_agree_with_plain_sums(int m, int n, int k)
    {
        Check<float>(new ManagedProduct<float>(new MemoryCounter()), m, n, k, 1e-4);
        Check<double>(new ManagedProduct<double>(new MemoryCounter()), m, n, k, 1e-12);
    }

    [BlasTheory]
    [MemberData(nameof(Shapes))]
    public void Products_of_the_library_agree_with_plain_sums(int m, int n, int k)
    {
        Check<float>(new BlasProduct<float>(), m, n, k, 1e-4);
        Check<double>(new BlasProduct<double>(), m, n, k, 1e-12);
    }

    [Fact]
    public void An_empty_sum_leaves_beta_times_what_was_there()
    {
        var c = new double[] { 1, 2, 3, 4 };
        fixed (double* pc = c)
        {
            new ManagedProduct<double>(new MemoryCounter()).Multiply(false, false, 2, 2, 0, 1, null, 1, null, 2, 0.5, pc, 2);
            c.ShouldBe([0.5, 1, 1.5, 2]);
            Gemm<double>.CreateProduct(new MemoryCounter()).Multiply(false, false, 2, 2, 0, 1, pc, 1, pc, 2, 0.5, pc, 2);
            c.ShouldBe([0.25, 0.5, 0.75, 1]);
        }
    }

    [Fact]
    public void A_beta_of_zero_overwrites_whatever_was_there()
    {
        var a = Matrices.Random<float>(1, 40 * 40);
        var c = new float[40 * 40];
        Array.Fill(c, float.NaN);
        fixed (float* pa = a, pc = c)
        {
            new ManagedProduct<float>(new MemoryCounter()).Multiply(false, true, 40, 40, 40, 1, pa, 40, pa, 40, 0, pc, 40);
            c.ShouldAllBe(value => float.IsFinite(value));
            Array.Fill(c, float.NaN);
            Gemm<float>.CreateProduct(new MemoryCounter()).Multiply(false, true, 40, 40, 40, 1, pa, 40, pa, 40, 0, pc, 40);
            c.ShouldAllBe(value => float.IsFinite(value));
        }
    }

    [Fact]
    public void A_nan_of_an_operand_reaches_its_row_of_the_product()
    {
        var a = Matrices.Random<float>(1, 20 * 20);
        a[(3 * 20) + 5] = float.NaN;
        var b = Matrices.Random<float>(2, 20 * 20);
        var c = new float[20 * 20];
        fixed (float* pa = a, pb = b, pc = c)
            new ManagedProduct<float>(new MemoryCounter()).Multiply(false, false, 20, 20, 20, 1, pa, 20, pb, 20, 0, pc, 20);
        for (var i = 0; i < c.Length; i++)
            float.IsNaN(c[i]).ShouldBe(i / 20 == 3);
    }

    [Fact]
    public void Elements_of_managed_products_do_not_depend_on_the_number_of_threads()
    {
        CompareThreads<float>(() => new ManagedProduct<float>(new MemoryCounter()), 310, 413);
        CompareThreads<double>(() => new ManagedProduct<double>(new MemoryCounter()), 310, 413);
    }

    [BlasTheory]
    [InlineData(310, 413)]
    [InlineData(1024, 96)]
    public void Elements_of_the_library_s_products_do_not_depend_on_the_number_of_threads(int m, int n)
    {
        CompareThreads<float>(() => new BlasProduct<float>(), m, n);
        CompareThreads<double>(() => new BlasProduct<double>(), m, n);
    }

    [Theory]
    [InlineData(5, 3, 1)]
    [InlineData(70, 130, 1)]
    [InlineData(333, 200, 2)]
    [InlineData(400, 65, 3)]
    public void A_gram_matrix_is_whole_and_symmetric(int n, int k, int threads)
    {
        using var team = new ThreadTeam(threads);
        using var chunk = new NativeBuffer<double>(new MemoryCounter());
        var x = Matrices.Random<float>(n, n * (k + 3));
        var gram = new float[n * n];
        var precise = new double[n * n];
        fixed (float* px = x, pg = gram)
        fixed (double* pp = precise)
        {
            new Gemm<float>(team, new MemoryCounter()).SymmetricRank(false, n, k, 1, px, k + 3, 0, pg, n);
            Symmetric.MirrorLower(n, pg, n);
            GramMatrix.Compute(n, k, px, k + 3, pp, n, new Gemm<double>(team, new MemoryCounter()), chunk);
        }

        var wide = Array.ConvertAll(x, value => (double)value);
        var expected = Matrices.Multiply(false, true, n, n, k, 1.0, wide, k + 3, wide, k + 3, 0.0, new double[n * n], n);
        Matrices.ShouldBeNear(precise, expected, 1e-12);
        Matrices.ShouldBeNear(Array.ConvertAll(gram, value => (double)value), expected, 1e-4);
    }

    private static void Check<T>(IMatrixProduct<T> product, int m, int n, int k, double tolerance)
        where T : unmanaged, INumberBase<T>
    {
        foreach (var (transA, transB) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            var (lda, ldb, ldc) = ((transA ? m : k) + 1, (transB ? k : n) + 2, n + 3);
            var a = Matrices.Random<T>(1, (transA ? k : m) * lda);
            var b = Matrices.Random<T>(2, (transB ? n : k) * ldb);
            foreach (var (alpha, beta) in ((double, double)[])[(1, 0), (-0.5, 1), (2, 0.25)])
            {
                var c = Matrices.Random<T>(3, m * ldc);
                var expected = Matrices.Multiply(transA, transB, m, n, k, T.CreateTruncating(alpha), a, lda, b, ldb, T.CreateTruncating(beta), c, ldc);
                fixed (T* pa = a, pb = b, pc = c)
                    product.Multiply(transA, transB, m, n, k, T.CreateTruncating(alpha), pa, lda, pb, ldb, T.CreateTruncating(beta), pc, ldc);
                Matrices.ShouldBeNear(c, expected, tolerance);
            }

            CheckTriangle(product, transA, m, k, a, lda, tolerance);
        }
    }

    private static void CheckTriangle<T>(IMatrixProduct<T> product, bool trans, int n, int k, T[] x, int ldx, double tolerance)
        where T : unmanaged, INumberBase<T>
    {
        var c = Matrices.Random<T>(5, n * n);
        var expected = Matrices.Multiply(trans, !trans, n, n, k, T.One, x, ldx, x, ldx, T.One, c, n);
        for (var i = 0; i < n; i++)
        {
            for (var j = i + 1; j < n; j++)
                expected[(i * n) + j] = c[(i * n) + j];
        }

        fixed (T* px = x, pc = c)
            product.SymmetricRank(trans, n, k, T.One, px, ldx, T.One, pc, n);
        Matrices.ShouldBeNear(c, expected, tolerance);
    }

    private static void CompareThreads<T>(Func<IMatrixProduct<T>> create, int m, int n)
        where T : unmanaged, INumberBase<T>
    {
        const int K = 260;
        var a = Matrices.Random<T>(3, m * K);
        var b = Matrices.Random<T>(4, n * K);
        var reference = Threads(1, a, b);
        foreach (var threads in (int[])[2, 3, 5])
            Threads(threads, a, b).AsSpan().SequenceEqual(reference).ShouldBeTrue($"{threads} threads");

        T[] Threads(int threads, T[] a, T[] b)
        {
            using var team = new ThreadTeam(threads);
            var c = new T[m * n];
            fixed (T* pa = a, pb = b, pc = c)
                new Gemm<T>(team, create).Multiply(false, true, m, n, K, T.One, pa, K, pb, K, T.Zero, pc, n);
            return c;
        }
    }
}
