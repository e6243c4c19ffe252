using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Torch.Tests.Support;

namespace LayerGrad.Torch.Tests.Operations;

/// <summary>Summaries of gradients on libtorch against those of the processor's device.</summary>
public sealed class SummaryTests
{
    /// <summary>Tokens of the examples, inputs, outputs of the weights.</summary>
    public static TheoryData<int[], int, int[]> Shapes => new()
    {
        { [1], 5, [4] },
        { [5, 7, 6], 9, [12, 3] },
        { [40, 38], 30, [64, 12] },
        { [70, 66, 20], 200, [300, 20, 90] },
        { [280], 300, [310] },
    };

    [TorchTheory]
    [MemberData(nameof(Shapes))]
    public void Float32_by_threads_of_the_host(int[] tokens, int inputs, int[] outputs) => Compare<float>(tokens, inputs, outputs, 2e-6, rowsTogether: 0, largestForHost: 1000);

    [TorchTheory]
    [MemberData(nameof(Shapes))]
    public void Float32_by_the_device_for_several_examples_at_once(int[] tokens, int inputs, int[] outputs) => Compare<float>(tokens, inputs, outputs, 2e-6, rowsTogether: 1 << 14, largestForHost: 0);

    [TorchTheory]
    [MemberData(nameof(Shapes))]
    public void Float32_by_the_host_for_several_examples_at_once(int[] tokens, int inputs, int[] outputs) => Compare<float>(tokens, inputs, outputs, 2e-6, rowsTogether: 1 << 14, largestForHost: 1000);

    [TorchTheory]
    [MemberData(nameof(Shapes))]
    public void Float64(int[] tokens, int inputs, int[] outputs) => Compare<double>(tokens, inputs, outputs, 1e-12, rowsTogether: 0, largestForHost: null);

    [TorchTheory]
    [MemberData(nameof(Shapes))]
    public void Float64_for_several_examples_at_once(int[] tokens, int inputs, int[] outputs) => Compare<double>(tokens, inputs, outputs, 1e-12, rowsTogether: 1 << 14, largestForHost: null);

    [TorchTheory]
    [InlineData(0)]
    [InlineData(1000)]
    public void A_factor_that_is_not_finite_has_no_values(int largestForHost)
    {
        using var device = TestDevices.Create<float>(largestForHost: largestForHost);
        using var memory = device.Allocate(3 * 4 + 3 * 5);
        var (x, delta) = (memory.AsMatrix(3, 4), memory.AsMatrix(3, 5, 12));
        device.Upload([.. Enumerable.Range(0, 12).Select(i => i == 5 ? float.NaN : i)], x);
        device.Upload([.. Enumerable.Range(0, 15).Select(i => (float)i)], delta);

        var summary = device.Summarize([new GradientFactors<float>(x, [delta])]).Wait()[0][0];

        summary.FrobeniusNorm.ShouldBe(double.NaN);
        summary.SingularValues.ShouldAllBe(value => double.IsNaN(value));
        summary.Max.ShouldBe(double.NaN);
    }

    [TorchFact]
    public void An_example_without_tokens_and_one_without_a_gradient_are_zero()
    {
        using var device = TestDevices.Create<float>();
        using var memory = device.Allocate(100);
        device.Clear(memory.AsMatrix(1, 100));
        var (x, delta) = (memory.AsMatrix(3, 4), memory.AsMatrix(3, 5, 12));
        device.Upload([.. Enumerable.Range(0, 12).Select(i => (float)i)], x);

        var summaries = device.Summarize([new(x.RowRange(0, 0), [delta.RowRange(0, 0)]), new(x, [delta])]).Wait();

        foreach (var summary in summaries.SelectMany(one => one))
        {
            (summary.Sum, summary.Max, summary.Min, summary.FrobeniusNorm).ShouldBe((0, 0, 0, 0));
            summary.SingularValues.ShouldAllBe(value => value == 0);
        }
    }

    private static void Compare<T>(int[] tokens, int inputs, int[] outputs, double tolerance, long rowsTogether, int? largestForHost)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var processor = new CpuDevice<T>(1);
        using var device = TestDevices.Create<T>(rowsTogether: rowsTogether, largestForHost: largestForHost);
        var expected = Summarize(processor, tokens, inputs, outputs);
        var found = Summarize(device, tokens, inputs, outputs);

        for (var i = 0; i < tokens.Length; i++)
        {
            for (var j = 0; j < outputs.Length; j++)
            {
                var (ours, theirs) = (found[i][j], expected[i][j]);
                var scale = theirs.FrobeniusNorm;
                ours.FrobeniusNorm.ShouldBe(scale, tolerance * scale);
                ours.Max.ShouldBe(theirs.Max, tolerance * scale);
                ours.Min.ShouldBe(theirs.Min, tolerance * scale);
                ours.Sum.ShouldBe(theirs.Sum, tolerance * scale * inputs * outputs[j]);
                for (var k = 0; k < Math.Max(ours.SingularValues.Length, theirs.SingularValues.Length); k++)
                    ours.SingularValues.ElementAtOrDefault(k).ShouldBe(theirs.SingularValues.ElementAtOrDefault(k), tolerance * scale, $"example {i}, weight {j}, value {k}");
            }
        }
    }

    /// <summary>Random factors in which tokens repeat, as in a first layer, and in which the last tokens and some of the first have no gradient.</summary>
    private static GradientSummary[][] Summarize<T>(Device<T> device, int[] tokens, int inputs, int[] outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(tokens[0]);
        var rows = tokens.Sum();
        using var memory = device.Allocate((long)rows * (inputs + outputs.Sum()));
        var values = new T[memory.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = T.CreateTruncating(random.NextDouble() - 0.5);
        for (var row = 3; row < rows; row += 3)
            values.AsSpan((row - 3) * inputs, inputs).CopyTo(values.AsSpan(row * inputs, inputs));
        var all = new List<Matrix<T>> { memory.AsMatrix(rows, inputs) };
        foreach (var columns in outputs)
            all.Add(memory.AsMatrix(rows, columns, all[^1].Offset + all[^1].Count));
        var starts = tokens.Select((_, i) => tokens[..i].Sum()).ToArray();
        for (var i = 0; i < tokens.Length; i++)
        {
            foreach (var delta in all.Skip(1))
            {
                foreach (var row in Enumerable.Range(0, tokens[i]).Where(row => tokens[i] > 1 && (row == tokens[i] - 1 || (i == 0 && row < tokens[i] / 3))))
                    values.AsSpan((int)delta.Offset + (starts[i] + row) * delta.Columns, delta.Columns).Clear();
            }
        }

        device.Upload(values, memory.AsMatrix(1, values.Length));
        return device.Summarize([.. tokens.Select((count, i) =>
            new GradientFactors<T>(all[0].RowRange(starts[i], count), [.. all.Skip(1).Select(delta => delta.RowRange(starts[i], count))]))]).Wait();
    }
}
