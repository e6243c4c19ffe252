using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Compute;

/// <summary>Operations on numbers whose squares, or whose differences from 1, float32 does not have.</summary>
public sealed class EdgeOfFloatTests
{
    [Theory]
    [InlineData(NormKind.Rms, 1e18, 1e-5)]
    [InlineData(NormKind.Rms, 1e19, 1e-5)]
    [InlineData(NormKind.Rms, 1e37, 1e-5)]
    [InlineData(NormKind.Rms, 1e-30, 0)]
    [InlineData(NormKind.Layer, 1e20, 1e-5)]
    [InlineData(NormKind.Layer, 1e-30, 0)]
    internal void Norms_of_rows_whose_squares_leave_float32_are_those_of_float64(NormKind kind, double scale, double epsilon)
    {
        const int Size = 37;
        var random = new Random(7);
        double[] x = [.. Enumerable.Range(0, 3 * Size).Select(_ => (double)(float)((random.NextDouble() - 0.4) * scale))];
        double[] dy = [.. x.Select(_ => (double)(float)(random.NextDouble() - 0.5))];
        var shape = new NormShape(kind, 1, Size, Size, epsilon, AddsOne: false, WeightPerGroup: false);

        var (y, dx) = Normalize<float>(shape, x, dy);
        var (exactY, exactDx) = Normalize<double>(shape, x, dy);

        ShouldBeNear(y, exactY);
        ShouldBeNear(dx, exactDx);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(60)]
    public void The_loss_and_gradient_of_a_token_that_is_nearly_certain_keep_their_digits(double lead)
    {
        double[] logits = [.. Enumerable.Range(0, 100).Select(i => (double)(float)Math.Sin(i)), lead];
        var (loss, gradient) = CrossEntropy<float>(logits, logits.Length - 1);
        var (exactLoss, exactGradient) = CrossEntropy<double>(logits, logits.Length - 1);

        loss.ShouldBe(exactLoss, 1e-5 * exactLoss);
        ShouldBeNear(gradient, exactGradient);
        exactLoss.ShouldBe(Loss(logits), 1e-11 * exactLoss);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(41)]
    public void The_largest_magnitude_of_a_row_sees_signs_subnormal_numbers_and_those_that_are_none(int columns)
    {
        float[] rows = [-3, 1e-45f, float.NegativeInfinity, float.NaN, 0];
        using var device = new CpuDevice<float>(2);
        using var memory = device.Allocate(rows.Length * columns);
        var matrix = memory.AsMatrix(rows.Length, columns);
        var values = new float[matrix.Count];
        for (var row = 0; row < rows.Length; row++)
            values[row * columns + columns * 2 / 3] = rows[row];
        device.Upload(values, matrix);

        device.LargestMagnitudes(matrix).Wait().ShouldBe([3, 1e-45f, double.PositiveInfinity, double.NaN, 0]);
    }

    /// <summary>log(1 + s), by its series, s being the sum of the others' exponentials over the label's.</summary>
    private static double Loss(double[] logits)
    {
        var others = logits[..^1].Sum(logit => Math.Exp(logit - logits[^1]));
        return others > 1e-4 ? Math.Log(1 + others) : others - others * others / 2 + others * others * others / 3;
    }

    private static (double Loss, double[] Gradient) CrossEntropy<T>(double[] logits, int label)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        using var device = new CpuDevice<T>(1);
        using var memory = device.Allocate(logits.Length);
        var matrix = memory.AsMatrix(1, logits.Length);
        device.Upload(Array.ConvertAll(logits, T.CreateTruncating), matrix);
        var losses = device.CrossEntropy(matrix, [label], [0.25], 1, null);
        return (losses.Wait()[0], Download(device, matrix));
    }

    private static (double[] Y, double[] Dx) Normalize<T>(NormShape shape, double[] x, double[] dy)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        using var device = new CpuDevice<T>(1);
        using var memory = device.Allocate(3L * x.Length);
        var rows = x.Length / shape.Size;
        var (input, y, gradient) = (memory.AsMatrix(rows, shape.Size), memory.AsMatrix(rows, shape.Size, x.Length), memory.AsMatrix(rows, shape.Size, 2 * x.Length));
        device.Upload(Array.ConvertAll(x, T.CreateTruncating), input);
        device.Upload(Array.ConvertAll(dy, T.CreateTruncating), gradient);
        device.Normalize(shape, input, null, null, y);
        device.NormalizeBackward(shape, input, null, gradient, gradient, accumulate: false, null, null);
        return (Download(device, y), Download(device, gradient));
    }

    private static double[] Download<T>(CpuDevice<T> device, Matrix<T> matrix)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var values = new T[matrix.Count];
        device.Download(matrix, values);
        return Array.ConvertAll(values, double.CreateTruncating);
    }

    private static void ShouldBeNear(double[] values, double[] exact)
    {
        var largest = exact.Max(Math.Abs);
        largest.ShouldBeGreaterThan(0);
        for (var i = 0; i < values.Length; i++)
            (Math.Abs(values[i] - exact[i]) / largest).ShouldBeLessThan(1e-5, $"element {i}");
    }
}
