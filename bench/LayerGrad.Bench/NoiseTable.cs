using System.Globalization;
using LayerGrad.Analysis.Noise;
using LayerGrad.Measuring;
using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Bench;

/// <summary>What <c>measure --noise</c> costs beside measuring alone, and the noise scale by batches beside that of all pairs.</summary>
internal static class NoiseTable
{
    /// <summary>Prints the table.</summary>
    /// <param name="model">A model.</param>
    /// <param name="data">A dataset.</param>
    /// <param name="examples">How many of its examples.</param>
    public static void Print(string model, string data, int examples)
    {
        var folder = Directory.CreateTempSubdirectory("layergrad-noise-").FullName;
        try
        {
            var (alone, aloneProcessor) = Measure(model, data, examples, Path.Combine(folder, "alone.jsonl"), noise: false);
            var (together, togetherProcessor) = Measure(model, data, examples, Path.Combine(folder, "noise.jsonl"), noise: true);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measure {alone.TotalSeconds:0.0} s, measure --noise {together.TotalSeconds:0.0} s, ratio {together / alone:0.00}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"time on processors, where others share the machine: {aloneProcessor.TotalSeconds:0.0} s, {togetherProcessor.TotalSeconds:0.0} s, ratio {togetherProcessor / aloneProcessor:0.00}"));
            var path = new RunPaths(Path.Combine(folder, "noise.jsonl")).Noise;
            var noise = KernelNoise.Create(new NoiseOptions { Kernel = path });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all pairs of {noise.Examples} examples: |g|^2 {noise.Whole.SquaredNorm.Value:g6}, tr S {noise.Whole.Trace.Value:g6}, B {noise.Whole.Scale.Value:g6} [{noise.Whole.Scale.Low:g4}, {noise.Whole.Scale.High:g4}]"));
            var (norm, trace) = TwoBatches(ExampleProductsFile.Read(path), small: Math.Max(1, noise.Examples / 10));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"two batches, ten of a tenth and one of all: |g|^2 {norm:g6}, tr S {trace:g6}, B {trace / norm:g6}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Appendix A.1 of arXiv 1812.06162: |G_B|² of neighbouring batches of a size, and of all examples together.</summary>
    internal static (double SquaredNorm, double Trace) TwoBatches(ExampleProducts products, int small)
    {
        var batches = products.Examples.Count / small;
        var large = batches * small;
        var ofSmall = Enumerable.Range(0, batches).Average(batch => MeanSquare(products, batch * small, small));
        var ofLarge = MeanSquare(products, 0, large);
        return (((large * ofLarge) - (small * ofSmall)) / (large - small), (ofSmall - ofLarge) / ((1.0 / small) - (1.0 / large)));
    }

    private static double MeanSquare(ExampleProducts products, int first, int count)
    {
        var sum = 0.0;
        for (var i = first; i < first + count; i++)
        {
            for (var j = first; j < first + count; j++)
                sum += products.Whole[(i * products.Examples.Count) + j];
        }

        return sum / ((double)count * count);
    }

    private static (TimeSpan Elapsed, TimeSpan Processor) Measure(string model, string data, int examples, string run, bool noise)
    {
        var before = Environment.CpuUsage.TotalTime;
        var elapsed = MeasureRun.Execute(new MeasureRunOptions { Model = model, Data = data, Out = run, Limit = examples, Device = "cpu", Measurement = new() { Noise = noise } }).Elapsed;
        return (elapsed, Environment.CpuUsage.TotalTime - before);
    }
}
