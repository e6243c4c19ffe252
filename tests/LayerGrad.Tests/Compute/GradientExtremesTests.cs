using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>The extremes by tiles against those of the whole gradient.</summary>
public sealed unsafe class GradientExtremesTests
{
    [Theory]
    [InlineData(1, 3, 2)]
    [InlineData(1, 1, 1)]
    [InlineData(40, 30, 20)]
    [InlineData(17, 1600, 400)]
    public void Extremes_are_those_of_the_whole_gradient(int n, int inFeatures, int outFeatures)
    {
        var (x, delta) = (Matrices.Random<float>(1, n * inFeatures), Matrices.Random<float>(2, n * outFeatures));
        Check(x, delta, n, inFeatures, outFeatures);
    }

    [Theory]
    [InlineData(3.0)]
    [InlineData(30.0)]
    [InlineData(1e12)]
    public void Features_of_very_different_length_change_nothing(double range)
    {
        // Most elements cannot be extreme, and where the extremes are differs from run to run.
        const int N = 12, In = 900, Out = 310;
        for (var seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var (x, delta) = (Matrices.Random<float>(seed, N * In), Matrices.Random<float>(seed + 100, N * Out));
            Scale(x, In, [.. Enumerable.Range(0, In).Select(_ => Math.Pow(range, -random.NextDouble()))]);
            Scale(delta, Out, [.. Enumerable.Range(0, Out).Select(_ => Math.Pow(range, -random.NextDouble()))]);
            Check(x, delta, N, In, Out);
        }
    }

    [Fact]
    public void Gradients_of_one_sign_have_their_smallest_element_too()
    {
        const int N = 5, In = 300, Out = 200;
        float[] x = [.. Matrices.Random<float>(1, N * In).Select(value => Math.Abs(value) + 0.01f)], delta = [.. Matrices.Random<float>(2, N * Out).Select(value => Math.Abs(value) + 0.01f)];
        Scale(x, In, [.. Enumerable.Range(0, In).Select(j => 1.0 / (j + 1))]);
        Check(x, delta, N, In, Out);
        Check([.. x.Select(value => -value)], delta, N, In, Out);
    }

    [Fact]
    public void Empty_columns_and_tokens_are_zeros_of_the_gradient()
    {
        const int N = 4, In = 200, Out = 100;
        var (x, delta) = (new float[N * In], new float[N * Out]);
        Check(x, delta, N, In, Out);
        (x[7], delta[3]) = (2, 3);
        Check(x, delta, N, In, Out);
        (x[7], delta[3]) = (2, -1e-30f);
        Check(x, delta, N, In, Out);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_shows(float bad)
    {
        const int N = 3, In = 40, Out = 30;
        var (x, delta) = (Matrices.Random<float>(1, N * In), Matrices.Random<float>(2, N * Out));
        delta[5] = bad;
        var (max, min) = Compute(x, delta, N, In, Out);
        (float.IsFinite(max) && float.IsFinite(min)).ShouldBeFalse();
        (delta[5], x[9]) = (1, bad);
        (max, min) = Compute(x, delta, N, In, Out);
        (float.IsFinite(max) && float.IsFinite(min)).ShouldBeFalse();
    }

    private static void Scale(float[] matrix, int columns, double[] factors)
    {
        for (var i = 0; i < matrix.Length; i++)
            matrix[i] *= (float)factors[i % columns];
    }

    private static void Check(float[] x, float[] delta, int n, int inFeatures, int outFeatures)
    {
        var gradient = Matrices.Multiply(true, false, outFeatures, inFeatures, n, 1, delta, outFeatures, x, inFeatures, 0, new float[outFeatures * inFeatures], inFeatures);
        var (max, min) = Compute(x, delta, n, inFeatures, outFeatures);
        var tolerance = 1e-5 * Math.Max(gradient.Max(), -gradient.Min());
        (Math.Abs(max - gradient.Max()) <= tolerance).ShouldBeTrue($"{max} where {gradient.Max()} was expected");
        (Math.Abs(min - gradient.Min()) <= tolerance).ShouldBeTrue($"{min} where {gradient.Min()} was expected");
    }

    private static (float Max, float Min) Compute(float[] x, float[] delta, int n, int inFeatures, int outFeatures)
    {
        using var product = Gemm<float>.CreateProduct(new MemoryCounter());
        using var extremes = new GradientExtremes<float>(new MemoryCounter(), product);
        float max, min;
        fixed (float* px = x, pd = delta)
            extremes.Compute(pd, outFeatures, outFeatures, px, inFeatures, inFeatures, n, out max, out min);
        return (max, min);
    }
}
