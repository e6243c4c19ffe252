using System.Globalization;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Runs.Measurements;
using LayerGrad.Models;

namespace LayerGrad.Bench;

/// <summary>Where the time of measuring real examples goes, in one thread: the model itself, the spectra, and the extremes with and without leaving out tiles.</summary>
internal static class GradientTable
{
    /// <summary>Prints the table in Markdown. Arguments: a model, a dataset, and how many examples.</summary>
    public static void Print(string model, string data, int limit)
    {
        using var opened = ModelLoader.Open(model);
        var checkpoint = opened.Checkpoint;
        var specification = DecoderFamilies.Describe(checkpoint.Config, checkpoint.Location);
        var encoder = ExampleEncoder.ForModel(opened, new MeasurementSpecification());
        using var device = new CpuDevice<float>(1);
        using var decoder = new Decoder<float>(
            device, specification, new WeightStore<float>(device, specification, new CheckpointParameters<float>(checkpoint, specification), specification.Layers.Count, true), specification.Layers.Count);
        using var sink = new TimedSink();
        Console.WriteLine("| example | tokens | model ms | spectra ms | max and min ms | of every tile ms |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var example in Dataset.Load(data).Take(limit))
        {
            if (encoder.Encode(example) is not { Tokens: { } tokenized })
                continue;
            var before = Environment.CpuUsage.TotalTime;
            decoder.Backward(new PackedBatch([(tokenized.Ids, tokenized.ResponseStart)]), sink);
            var whole = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {example.Index} | {tokenized.Ids.Length} | {whole - sink.Spectra - sink.Extremes - sink.Whole:F0} | {sink.Spectra:F0} | {sink.Extremes:F0} | {sink.Whole:F0} |"));
        }
    }

    private sealed unsafe class TimedSink : IGradientSink<float>, IDisposable
    {
        private readonly FactorSpectrum<float> _spectrum = new(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()));
        private readonly GradientExtremes<float> _extremes = new(new MemoryCounter(), Gemm<float>.CreateProduct(new MemoryCounter()));

        public double Spectra { get; private set; }

        public double Extremes { get; private set; }

        public double Whole { get; private set; }

        public bool Wants(ParameterSpecification weight) => weight.Name.Contains("attn", StringComparison.Ordinal);

        public Matrix<float>? Accumulator(ParameterSpecification parameter) => null;

        public void Begin(int examples) => (Spectra, Extremes, Whole) = (0, 0, 0);

        public void End(IReadOnlyList<double> losses)
        {
        }

        public void Linear(LinearGradient<float> gradient)
        {
            var input = gradient.Input;
            var values = new double[Math.Min(input.Rows, input.Columns)];
            var x = input.Pointer();
            Spectra += Time(() => _spectrum.SetInput(x, input.Stride, input.Rows, input.Columns));
            foreach (var output in gradient.Outputs)
            {
                var (delta, ldd, features) = ((nint)output.Delta.Pointer(), output.Delta.Stride, output.Delta.Columns);
                Spectra += Time(() => _spectrum.Values((float*)delta, ldd, features, values));
                Extremes += Time(() => _extremes.Compute((float*)delta, ldd, features, x, input.Stride, input.Columns, input.Rows, out _, out _));
                Whole += Time(() => _extremes.Whole((float*)delta, ldd, features, x, input.Stride, input.Columns, input.Rows, out _, out _));
            }
        }

        public void Dispose()
        {
            _spectrum.Dispose();
            _extremes.Dispose();
        }

        private static double Time(Action run)
        {
            var before = Environment.CpuUsage.TotalTime;
            run();
            return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
        }
    }
}
