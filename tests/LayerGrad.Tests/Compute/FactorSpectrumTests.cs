using System.Numerics;
using LayerGrad.Compute;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LayerGrad.Tests.Compute;

/// <summary>Singular values from factors against those of the gradient formed as a whole.</summary>
public sealed unsafe class FactorSpectrumTests
{
    public static TheoryData<bool, int, int, int> Shapes()
    {
        var data = new TheoryData<bool, int, int, int>();
        foreach (var managed in BlasLibrary.Available ? (bool[])[true, false] : [true])
        {
            foreach (var (n, inFeatures, outFeatures) in ((int, int, int)[])[(1, 5, 4), (2, 1, 9), (3, 3, 3), (20, 64, 64), (70, 90, 80), (40, 64, 16), (90, 64, 64), (90, 64, 16), (90, 100, 16), (66, 16, 90), (80, 16, 40)])
                data.Add(managed, n, inFeatures, outFeatures);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Double_values_are_exact_to_rounding(bool managed, int n, int inFeatures, int outFeatures)
    {
        var (x, delta) = (Matrices.Random<double>(1, n * inFeatures), Matrices.Random<double>(2, n * outFeatures));
        var (values, norm) = Compute(SpectrumRoute.Automatic, managed, x, delta, n, inFeatures, outFeatures);
        var expected = Reference(x, delta, n, inFeatures, outFeatures);
        Matrices.ShouldBeNear(values, expected, 1e-14 * expected[0] * Math.Sqrt(n));
        norm.ShouldBe(Norm(expected), 1e-13 * norm);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Float_values_are_exact_to_the_rounding_of_their_factors(bool managed, int n, int inFeatures, int outFeatures)
    {
        var (x, delta) = (Matrices.Random<float>(1, n * inFeatures), Matrices.Random<float>(2, n * outFeatures));
        var (values, norm) = Compute(SpectrumRoute.Automatic, managed, x, delta, n, inFeatures, outFeatures);
        var expected = Reference(Widen(x), Widen(delta), n, inFeatures, outFeatures);
        Matrices.ShouldBeNear(values, expected, 1e-6 * expected[0]);
        values.Sum().ShouldBe(expected.Sum(), 1e-6 * expected.Sum());
        norm.ShouldBe(Norm(expected), 1e-6 * norm);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Repeated_and_empty_tokens_lower_the_rank(bool managed, int n, int inFeatures, int outFeatures)
    {
        var (x, delta) = (Matrices.Random<double>(3, n * inFeatures), Matrices.Random<double>(4, n * outFeatures));
        for (var i = 0; i < n; i++)
        {
            // Every third token repeats the first, one token's input is empty, the last token has no gradient.
            if (i % 3 == 2)
                Array.Copy(x, 0, x, i * inFeatures, inFeatures);
            if (i == 4)
                Array.Clear(x, i * inFeatures, inFeatures);
            if (i == n - 1 && n > 1)
                Array.Clear(delta, i * outFeatures, outFeatures);
        }

        var expected = Reference(x, delta, n, inFeatures, outFeatures);
        var (exact, _) = Compute(SpectrumRoute.Orthogonal, managed, x, delta, n, inFeatures, outFeatures);
        Matrices.ShouldBeNear(exact, expected, 1e-13 * expected[0]);
        var (fast, norm) = Compute(SpectrumRoute.Gram, managed, x, delta, n, inFeatures, outFeatures);
        Matrices.ShouldBeNear(fast, expected, 1e-7 * expected[0]);
        norm.ShouldBe(Norm(expected), 1e-12 * norm);
    }

    [Theory]
    [InlineData(50, 64, 60)]
    [InlineData(50, 64, 40)]
    [InlineData(70, 64, 66)]
    public void A_float_rank_is_not_blurred_by_tokens_without_gradient(int n, int inFeatures, int outFeatures)
    {
        var (x, delta) = (Matrices.Random<float>(1, n * inFeatures), Matrices.Random<float>(2, n * outFeatures));
        Array.Clear(delta, 0, 15 * outFeatures);
        Array.Clear(delta, (n - 1) * outFeatures, outFeatures);
        var (values, _) = Compute(SpectrumRoute.Automatic, managed: true, x, delta, n, inFeatures, outFeatures);
        values.Count(value => value > 0).ShouldBe(Math.Min(n - 16, values.Length));
    }

    [Theory]
    [InlineData(false, 1e-7)]
    [InlineData(true, 1e-14)]
    public void Tokens_of_very_different_size_lose_nothing_to_each_other(bool orthogonal, double tolerance)
    {
        var route = orthogonal ? SpectrumRoute.Orthogonal : SpectrumRoute.Gram;
        // A first token of huge activations and tiny gradient, as real models have.
        const int N = 60, In = 80, Out = 70;
        var (x, delta) = (Matrices.Random<double>(5, N * In), Matrices.Random<double>(6, N * Out));
        for (var j = 0; j < In; j++)
            x[j] *= 1e9;
        for (var j = 0; j < Out; j++)
            delta[j] *= 1e-9;
        var expected = Reference(x, delta, N, In, Out);
        foreach (var managed in (bool[])[true, !BlasLibrary.Available])
        {
            var (values, _) = Compute(route, managed, x, delta, N, In, Out);
            Matrices.ShouldBeNear(values, expected, tolerance * expected[0]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_gradient_gives_zeros(bool orthogonal)
    {
        var route = orthogonal ? SpectrumRoute.Orthogonal : SpectrumRoute.Gram;
        foreach (var (n, inFeatures, outFeatures) in ((int, int, int)[])[(1, 4, 4), (7, 9, 8), (9, 12, 4), (20, 6, 8)])
        {
            var x = Matrices.Random<float>(1, n * inFeatures);
            foreach (var managed in (bool[])[true, !BlasLibrary.Available])
            {
                var (values, norm) = Compute(route, managed, x, new float[n * outFeatures], n, inFeatures, outFeatures);
                values.ShouldAllBe(value => value == 0);
                norm.ShouldBe(0);
                (values, norm) = Compute(route, managed, new float[n * inFeatures], Matrices.Random<float>(2, n * outFeatures), n, inFeatures, outFeatures);
                values.ShouldAllBe(value => value == 0);
                norm.ShouldBe(0);
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_value_that_is_not_finite_makes_every_result_nan(float bad)
    {
        foreach (var route in (SpectrumRoute[])[SpectrumRoute.Gram, SpectrumRoute.Orthogonal])
        {
            foreach (var (n, inFeatures, outFeatures) in ((int, int, int)[])[(1, 4, 4), (7, 9, 8), (9, 12, 4), (20, 6, 8)])
            {
                foreach (var inInput in (bool[])[true, false])
                {
                    var (x, delta) = (Matrices.Random<float>(1, n * inFeatures), Matrices.Random<float>(2, n * outFeatures));
                    (inInput ? x : delta)[^2] = bad;
                    var (values, norm) = Compute(route, managed: false, x, delta, n, inFeatures, outFeatures);
                    values.ShouldAllBe(value => double.IsNaN(value));
                    norm.ShouldBe(double.NaN);
                }
            }
        }
    }

    [Fact]
    public void Without_tokens_there_are_no_values()
    {
        foreach (var route in (SpectrumRoute[])[SpectrumRoute.Gram, SpectrumRoute.Orthogonal])
        {
            using var spectrum = new FactorSpectrum<float>(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()), route);
            spectrum.SetInput(null, 4, 0, 4);
            spectrum.Values(null, 4, 4, []).ShouldBe(0);
            spectrum.FrobeniusNorm.ShouldBe(0);
        }
    }

    [Fact]
    public void One_input_serves_several_gradients_without_allocation()
    {
        const int N = 30, In = 48;
        using var spectrum = new FactorSpectrum<float>(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()));
        var x = Matrices.Random<float>(1, N * In);
        var (query, key) = (Matrices.Random<float>(2, N * 48), Matrices.Random<float>(3, N * 16));
        double[] queryValues = new double[N], keyValues = new double[16];
        fixed (float* px = x, pq = query, pk = key)
        {
            Both(spectrum, px, pq, pk, queryValues, keyValues);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Both(spectrum, px, pq, pk, queryValues, keyValues);
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        }

        Matrices.ShouldBeNear(queryValues, Reference(Widen(x), Widen(query), N, In, 48), 1e-6 * queryValues[0]);
        Matrices.ShouldBeNear(keyValues, Reference(Widen(x), Widen(key), N, In, 16), 1e-6 * keyValues[0]);

        static void Both(FactorSpectrum<float> spectrum, float* x, float* query, float* key, double[] queryValues, double[] keyValues)
        {
            spectrum.SetInput(x, In, N, In);
            spectrum.Values(query, 48, 48, queryValues);
            spectrum.Values(key, 16, 16, keyValues);
        }
    }

    private static (double[] Values, double Norm) Compute<T>(SpectrumRoute route, bool managed, T[] x, T[] delta, int n, int inFeatures, int outFeatures)
        where T : unmanaged, INumberBase<T>
    {
        using var spectrum = new FactorSpectrum<T>(new MemoryCounter(), Gemm<T>.CreateProduct(new MemoryCounter()), route, managed ? new ManagedFactorizations(new MemoryCounter()) : Factorizations.Create(new MemoryCounter()));
        var values = new double[Math.Min(n, Math.Min(inFeatures, outFeatures))];
        fixed (T* px = x, pd = delta)
        {
            spectrum.SetInput(px, inFeatures, n, inFeatures);
            spectrum.Values(pd, outFeatures, outFeatures, values).ShouldBe(values.Length);
        }

        return (values, spectrum.FrobeniusNorm);
    }

    private static double[] Reference(double[] x, double[] delta, int n, int inFeatures, int outFeatures)
    {
        var gradient = Matrices.Multiply(true, false, outFeatures, inFeatures, n, 1, delta, outFeatures, x, inFeatures, 0, new double[outFeatures * inFeatures], inFeatures);
        return [.. DenseMatrix.Create(outFeatures, inFeatures, (i, j) => gradient[(i * inFeatures) + j]).Svd(computeVectors: false).S.Take(Math.Min(n, Math.Min(inFeatures, outFeatures)))];
    }

    private static double[] Widen(float[] values) => Array.ConvertAll(values, value => (double)value);

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
