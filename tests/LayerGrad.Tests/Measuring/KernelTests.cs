using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text;
using LayerGrad.Compute.Cpu;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Measuring;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

public sealed partial class KernelTests
{
    [SharedTheory]
    [InlineData("llama2")]
    [InlineData("qwen2")]
    [InlineData("gemma2")]
    public void Kernels_are_those_of_the_reference(string family)
    {
        using var folder = new TemporaryFolder();
        var summary = KernelRun.Execute(Options(folder.At("k.npy"), family));

        var (shape, values) = ReadNpy(folder.At("k.npy"));
        using var sidecar = JsonDocument.Parse(File.ReadAllText(folder.At("k.json")));
        using var reference = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "tiny", family, "base.kernels.json")));
        var names = sidecar.RootElement.GetProperty("weight").EnumerateArray().Select(name => name.GetString()!).ToList();
        var count = sidecar.RootElement.GetProperty("example").GetArrayLength();
        shape.ShouldBe([names.Count, count, count]);
        summary.Shape.ShouldBe(shape);
        names.ShouldBe(reference.RootElement.EnumerateObject().Select(weight => weight.Name), ignoreOrder: true);
        for (var weight = 0; weight < names.Count; weight++)
        {
            var expected = reference.RootElement.GetProperty(names[weight]).EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray()).ToArray();
            expected.Length.ShouldBe(count);
            for (var i = 0; i < count; i++)
            {
                for (var j = 0; j < count; j++)
                    values[(weight * count + i) * count + j].ShouldBe(expected[i][j], 1e-9 * Math.Sqrt(expected[i][i] * expected[j][j]), $"{names[weight]} {i} {j}");
            }
        }
    }

    [SharedFact]
    public void Sums_over_layers_and_weights_are_those_of_the_kernels_of_weights()
    {
        using var folder = new TemporaryFolder();
        _ = KernelRun.Execute(Options(folder.At("w.npy")));
        _ = KernelRun.Execute(Options(folder.At("l.npy")) with { By = KernelBy.Layer });
        _ = KernelRun.Execute(Options(folder.At("s.npy")) with { By = KernelBy.Sum, Normalize = true });

        var (shape, byWeight) = ReadNpy(folder.At("w.npy"));
        var (layerShape, byLayer) = ReadNpy(folder.At("l.npy"));
        var (sumShape, cosines) = ReadNpy(folder.At("s.npy"));
        var n = shape[1];
        layerShape.ShouldBe([4, n, n]);
        sumShape.ShouldBe([n, n]);
        for (var i = 0; i < n * n; i++)
        {
            byLayer[i].ShouldBe(Enumerable.Range(0, 4).Sum(weight => byWeight[weight * n * n + i]), 1e-12 * byLayer[0]);
            var (row, column) = (i / n, i % n);
            cosines[i].ShouldBe(Sum(row, column) / Math.Sqrt(Sum(row, row) * Sum(column, column)), 1e-12);
        }

        double Sum(int i, int j) => Enumerable.Range(0, shape[0]).Sum(weight => byWeight[(weight * n + i) * n + j]);
    }

    [SharedFact]
    public void Factors_on_disk_give_the_same_kernel_and_leave_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        KernelPlan? large = null, small = null;
        _ = KernelRun.Execute(Options(folder.At("memory.npy")), new Watcher(plan => large = plan));
        var least = Options(folder.At("disk.npy"));
        _ = KernelRun.Execute(least with { Measure = least.Measure with { Memory = LeastMemory(least, large!.MemoryBytes) } }, new Watcher(plan => small = plan));

        large!.FactorsOnDisk.ShouldBeFalse();
        small!.FactorsOnDisk.ShouldBeTrue();
        small.EstimatedTime.ShouldBeGreaterThan(TimeSpan.Zero);
        var (disk, memory) = (ReadNpy(folder.At("disk.npy")).Values, ReadNpy(folder.At("memory.npy")).Values);
        disk.Length.ShouldBe(memory.Length);
        for (var i = 0; i < disk.Length; i++)
            disk[i].ShouldBe(memory[i], 1e-12 * memory.Max());
        Directory.GetDirectories(folder.Path).ShouldBeEmpty();
    }

    [SharedFact]
    public void It_tells_of_every_window_and_weight()
    {
        using var folder = new TemporaryFolder();
        var watcher = new Watcher(_ => { });
        var summary = KernelRun.Execute(Options(folder.At("k.npy")), watcher);
        watcher.Examples.ShouldBe(summary.Shape[1]);
        watcher.Weights.ShouldBe(Enumerable.Range(1, summary.Shape[0]).Select(weight => (weight, summary.Shape[0])));
    }

    [SharedFact]
    public void A_test_set_made_of_one_training_example_is_most_aligned_with_it()
    {
        using var folder = new TemporaryFolder();
        var examples = JsonDocument.Parse(File.ReadAllText(Data)).RootElement.EnumerateArray().ToList();
        var test = folder.Write("test.json", $"[{examples[2].GetRawText()}]");

        var summary = KernelRun.Execute(Options(folder.At("k.npy")) with { Test = test, By = KernelBy.Sum });

        summary.Alignments[0].Example.Index.ShouldBe(2);
        summary.Alignments[0].Cosine.ShouldBe(1, 1e-10);
        summary.Alignments[^1].Cosine.ShouldBeLessThan(0.9);
        using var sidecar = JsonDocument.Parse(File.ReadAllText(folder.At("k.json")));
        sidecar.RootElement.GetProperty("example").EnumerateArray().Last().GetProperty("set").GetString().ShouldBe("test");
        sidecar.RootElement.GetProperty("alignment").GetArrayLength().ShouldBe(summary.Alignments.Count);
    }

    [Fact]
    public void Both_ways_give_the_inner_products_of_the_gradients()
    {
        using var device = new CpuDevice<double>(2);
        using var store = new MemoryFactorStore<double>();
        var random = new Random(1);
        int[] rows = [3, 0, 900, 400, 1];
        var weight = new SelectedWeight("w", LinearSpecification.Create("w", 5, 7));
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] == 0)
                continue;
            store.Add(0, i, [.. Enumerable.Range(0, rows[i] * 7).Select(_ => random.NextDouble() - 0.5)]);
            store.Add(1, i, [.. Enumerable.Range(0, rows[i] * 5).Select(_ => random.NextDouble() - 0.5)]);
        }

        using var kernel = new GradientKernel<double>(device, store, bandElements: 2 * 5 * rows.Length);
        int[] numbers = [0, 1, 2, 3, 4];
        var factors = kernel.FromFactors(weight, 1, 0, numbers, rows);
        var bands = kernel.FromBands(weight, 1, 0, numbers, rows);

        var gradients = numbers.Select(i => Gradient(store, i, rows[i])).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < rows.Length; j++)
            {
                var expected = gradients[i].Zip(gradients[j], (a, b) => a * b).Sum();
                factors[i * rows.Length + j].ShouldBe(expected, 1e-9);
                bands[i * rows.Length + j].ShouldBe(expected, 1e-9);
            }
        }
    }

    [Fact]
    public void Few_tokens_take_the_way_from_factors_and_many_that_over_bands()
    {
        var few = GradientKernel<double>.Operations(examples: 10, tokens: 100, outputs: 576, inputs: 576);
        var many = GradientKernel<double>.Operations(examples: 500, tokens: 100_000, outputs: 576, inputs: 576);

        few.Factors.ShouldBeLessThan(few.Bands);
        many.Bands.ShouldBeLessThan(many.Factors);
    }

    [SharedFact]
    public void What_cannot_be_is_refused_in_one_line()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.At("k.npy"));
        Message(options with { Measure = options.Measure with { Out = folder.At("k.jsonl") } }).ShouldContain("KERNEL.npy");
        Message(options with { By = KernelBy.Layer, Measure = options.Measure.Measuring(measurement => measurement with { SplitFused = true }) }).ShouldContain("--split-fused");
        Message(options with { Measure = options.Measure.Measuring(measurement => measurement with { Weights = "q_prj" }) }).ShouldContain("nearest");
        Message(options with { Test = folder.Write("empty.json", """[{"instruction": "a", "input": "", "output": ""}]""") }).ShouldContain("empty.json");
        File.Exists(folder.At("k.npy")).ShouldBeFalse();
        folder.Write("k.json", "{}");
        Message(options).ShouldContain("k.json");
        folder.Write("k.json", """{"axes": ["weight", "example", "example"], "example": []}"""); // left alone by a process that was killed
        KernelRun.Execute(options with { By = KernelBy.Sum }).Shape.Count.ShouldBe(2);
        Should.Throw<InputException>(() => KernelOptions.ParseBy("head")).Message.ShouldContain("--by head");
    }

    private static string Data => Shared.Path("reference", "examples.json");

    private static KernelOptions Options(string path, string family = "llama2") => new()
    {
        Measure = new MeasureRunOptions
        {
            Model = Shared.Path("models", "tiny", family),
            Data = Data,
            Out = path,
            Measurement = new()
            {
                Protocol = Protocol.Strict,
                Precision = Precision.Float64,
            },
            Memory = 2L << 30,
        },
    };

    /// <summary>The least memory, to a thousandth, under which a kernel can be planned.</summary>
    private static long LeastMemory(KernelOptions options, long enough)
    {
        var (low, high) = (0L, enough);
        while (high - low > enough / 1000)
        {
            var middle = (low + high) / 2;
            try
            {
                _ = KernelRun.Execute(options with { Measure = options.Measure with { Memory = middle } }, new Watcher(_ => throw new OperationCanceledException()));
            }
            catch (OperationCanceledException)
            {
                high = middle;
            }
            catch (InputException)
            {
                low = middle;
            }
        }

        return high;
    }

    private sealed class Watcher(Action<KernelPlan> planned) : IKernelObserver
    {
        public int Examples { get; private set; }

        public List<(int Done, int All)> Weights { get; } = [];

        public void Planned(KernelPlan plan) => planned(plan);

        public void Started(MeasurePlan plan) => Weights.ShouldBeEmpty();

        public void Advanced(MeasureProgress progress) => Examples = progress.Measured;

        public void Compared(int weights, int of) => Weights.Add((weights, of));
    }

    private static string Message(KernelOptions options) => Should.Throw<InputException>(() => KernelRun.Execute(options)).Message;

    private static double[] Gradient(FactorStore<double> store, int example, int rows)
    {
        var gradient = new double[35];
        if (rows == 0)
            return gradient;
        double[] room = [];
        var deltas = store.Read(0, example, ref room).ToArray();
        var inputs = store.Read(1, example, ref room).ToArray();
        for (var i = 0; i < 35; i++)
            gradient[i] = Enumerable.Range(0, rows).Sum(row => deltas[row * 7 + i / 5] * inputs[row * 5 + i % 5]);
        return gradient;
    }

    /// <summary>Reads the file as NumPy does.</summary>
    private static (int[] Shape, double[] Values) ReadNpy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(0, 8).ToArray().ShouldBe([0x93, .. "NUMPY"u8, 1, 0]);
        var length = BitConverter.ToUInt16(bytes, 8);
        ((10 + length) % 64).ShouldBe(0);
        var header = Encoding.ASCII.GetString(bytes, 10, length);
        header.ShouldStartWith("{'descr': '<f8', 'fortran_order': False, 'shape': (");
        header.ShouldEndWith("\n");
        int[] shape = [.. Numbers().Matches(header[header.IndexOf('(', StringComparison.Ordinal)..]).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];
        double[] values = [.. MemoryMarshal.Cast<byte, double>(bytes.AsSpan(10 + length))];
        values.Length.ShouldBe(shape.Aggregate(1, (product, size) => product * size));
        return (shape, values);
    }

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers();
}
