using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Tests.Decoders;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Compute;

/// <summary>Whichever allocation of a device fails: the error is one line, and nothing stays allocated.</summary>
public sealed class FullMemoryTests
{
    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1)]);

    [Theory]
    [InlineData("llama", "{}", 2, true)]
    [InlineData("gpt_neox", """{"rotary_pct": 0.5}""", 1, false)]
    [InlineData("olmoe", """{"num_experts": 4, "num_experts_per_tok": 2, "clip_qkv": 0.6}""", 0, true)]
    public void A_decoder_with_its_sinks_gives_everything_back(string family, string variant, int residentLayers, bool residentHead) =>
        FailEverywhere(device =>
        {
            var specification = FamilyVariants.Describe(family, variant);
            var weights = WeightSelector.Parse(specification, "attention", splitFused: true);
            var whole = weights.Where(weight => weight.Part is null).ToList();
            var store = new WeightStore<double>(device, specification, new RandomParameters(specification), residentLayers, residentHead);
            using var decoder = new Decoder<double>(device, specification, store, keptLayers: 1);
            using var shares = new TokenShareSink<double>(device, whole);
            using var cosines = new CosineSink<double>(device, whole);
            using var factors = new MemoryFactorStore<double>();
            var kernel = new KernelSink<double>(device, whole, factors);
            kernel.Expect([0, 1]);
            decoder.Backward(s_batch, new SinkGroup<double>([new StatisticsSink<double>(device, weights), shares, cosines, kernel, new FactorRangeSink<double>(device, everyWeight: true)]));
            cosines.FromFactors(0, [whole[0], whole[0]]);
            cosines.FromBands(0, [whole[0], whole[0]]);
            using var products = new GradientKernel<double>(device, factors, 64);
            products.FromBands(whole[0], kernel.InputOf(0), KernelSink<double>.DeltaOf(0), [0, 1], [9, 3]);
            products.FromFactors(whole[0], kernel.InputOf(0), KernelSink<double>.DeltaOf(0), [0, 1], [9, 3]);
            decoder.Losses(s_batch);
            decoder.LastLogits([[1, 2, 3]]);
        });

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void A_training_gives_everything_back(string optimizer) =>
        FailEverywhere(device =>
        {
            var specification = FamilyVariants.Describe("llama", "{}");
            var plan = new MemoryPlan(TokenBudget: 64, specification.Layers.Count, ResidentHead: true, KeptLayers: 1, []);
            using var trainer = new Trainer<double>(
                device, specification, new RandomParameters(specification), [.. specification.Parameters], new OptimizerOptions { Name = optimizer, Momentum = optimizer == "sgd" ? 0.5 : 0 }, clip: 1, plan);
            trainer.Step([new([3, 14, 1, 5, 9, 2, 6, 5, 3], 4)], 1, 1).IsFinite.ShouldBeTrue();
        });

    private static void FailEverywhere(Action<CpuDevice<double>> run)
    {
        var all = new FailingCounter(0);
        using (var device = new CpuDevice<double>(2, all))
            run(device);
        all.Count.ShouldBeGreaterThan(20);
        all.Allocated.ShouldBe(0);

        for (var at = 1; at <= all.Count; at++)
        {
            var counter = new FailingCounter(at);
            var error = Should.Throw<InsufficientMemoryException>(() =>
            {
                using var device = new CpuDevice<double>(2, counter);
                run(device);
            });
            error.Message.ShouldContain("--memory");
            error.Message.ShouldNotContain("\n");
            counter.Allocated.ShouldBe(0, $"after allocation {at} of {all.Count} had failed");
        }
    }
}
