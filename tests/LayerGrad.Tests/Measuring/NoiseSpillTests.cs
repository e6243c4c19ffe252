using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Decoders;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>Where the factors of a run's gradients exceed the memory, they go to the disk, and the products stay what they are.</summary>
public sealed class NoiseSpillTests
{
    private static readonly TokenizedExample[] s_window =
    [
        Tokens(0, [3, 14, 1, 5, 9, 2, 6, 5, 3], 4), Tokens(1, [7, 7, 2], 1), Tokens(2, [2, 7, 1, 8, 2, 8], 3),
    ];

    [Theory]
    [InlineData(0, true)]
    [InlineData(20_000, true)] // some in memory, some on the disk
    [InlineData(1 << 30, false)]
    public void Products_are_the_same_and_the_disk_is_left_as_it_was(long memory, bool spills)
    {
        using var folder = new TemporaryFolder();
        using var device = new CpuDevice<double>(1);
        var specification = FamilyVariants.Describe("llama", "{}");
        var weights = WeightSelector.Parse(specification, "attention", splitFused: false);
        using var decoder = new Decoder<double>(device, specification, new WeightStore<double>(device, specification, new RandomParameters(specification), specification.Layers.Count, true), keptLayers: 1);
        var options = new MeasureRunOptions { Model = "", Data = "", Out = folder.At("run.jsonl") };
        using var enough = new NoiseProducts<double>(device, weights, options, 2L << 30);
        var expected = Products(enough, decoder);

        using var noise = new NoiseProducts<double>(device, weights, options, memory);
        for (var round = 0; round < 2; round++)
        {
            noise.Expect(s_window);
            decoder.Backward(new PackedBatch([.. s_window.Select(example => example.Packed)]), noise.Sink);
            Directory.GetDirectories(folder.Path).Length.ShouldBe(spills ? 1 : 0);
            if (spills)
                Directory.EnumerateFiles(Directory.GetDirectories(folder.Path)[0]).Sum(file => new FileInfo(file).Length).ShouldBeGreaterThan(0);
            var products = noise.Multiply(CancellationToken.None);
            products.Examples.ShouldBe([0, 1, 2]);
            products.Whole.ShouldBe(expected.Whole);
            products.Layers[1].ShouldBe(expected.Layers[1]);

            // The next measurement begins with nothing.
            Directory.GetDirectories(folder.Path).ShouldBeEmpty();
        }
    }

    private static ExampleProducts Products(NoiseProducts<double> noise, Decoder<double> decoder)
    {
        noise.Expect(s_window);
        decoder.Backward(new PackedBatch([.. s_window.Select(example => example.Packed)]), noise.Sink);
        return noise.Multiply(CancellationToken.None);
    }

    private static TokenizedExample Tokens(int index, int[] ids, int response) => new(new Example(index, "", "", ""), ids, [], "", response, false);
}
