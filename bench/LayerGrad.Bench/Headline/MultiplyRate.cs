using System.Diagnostics;
using LayerGrad.Compute;

namespace LayerGrad.Bench.Headline;

/// <summary>How fast the device multiplies: the limit that times are held against.</summary>
internal static class MultiplyRate
{
    /// <summary>Operations a second on 2048 x 2048 matrices; and a second of processor time, what one thread does, whoever else wants the processor.</summary>
    public static (double Seconds, double Processor) Square(Device<float> device) => Rate(device, 2048, 2048, 2048);

    /// <summary>The same on a batch's tokens and the feed-forward weight of a shape, forward and backward.</summary>
    public static (double Seconds, double Processor) Measure(Device<float> device, ModelShape shape, int tokens)
    {
        var layer = shape.Describe().Layers[0];
        var weight = layer.FeedForward!.Linears.First();
        return Rate(device, tokens, weight.Outputs, weight.Inputs);
    }

    private static (double Seconds, double Processor) Rate(Device<float> device, int m, int n, int k)
    {
        using var memory = device.Allocate(((long)m * k) + ((long)n * k) + ((long)m * n));
        var (a, b, c) = (memory.AsMatrix(m, k), memory.AsMatrix(n, k, (long)m * k), memory.AsMatrix(m, n, ((long)m * k) + ((long)n * k)));
        SyntheticFill(device, a);
        SyntheticFill(device, b);
        var (best, processor) = (double.PositiveInfinity, double.PositiveInfinity);
        var whole = Stopwatch.StartNew();
        for (var i = 0; i < 3 || (whole.ElapsedMilliseconds < 500 && i < 100); i++)
        {
            var (before, start) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            device.Multiply(a, false, b, true, c);
            device.Multiply(c, false, b, false, a);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            SyntheticFill(device, a);
        }

        var operations = 4.0 * m * n * k;
        return (operations / best, operations / processor);
    }

    private static void SyntheticFill(Device<float> device, Matrix<float> matrix) =>
        device.Fill(matrix, (start, values) => SyntheticWeights.Fill("rate", start, values));
}
