using System.Text.Json;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Tests.Decoders;

public sealed class MemoryPlanTests
{
    private const int Tokens = 192;
    private const int Threads = 2;

    /// <summary>Resident layers, resident head, kept layers.</summary>
    public static TheoryData<int, bool, int> Plans => new() { { 4, true, 4 }, { 4, true, 2 }, { 4, true, 0 }, { 2, true, 0 }, { 2, false, 0 }, { 0, true, 0 }, { 0, false, 0 } };

    [Theory]
    [MemberData(nameof(Plans))]
    public void Every_plan_gives_the_numbers_of_the_resident_one(int residentLayers, bool residentHead, int keptLayers)
    {
        var (expectedLosses, expected, _) = Measure<double>(Small(), 4, true, 4);

        var (losses, statistics, _) = Measure<double>(Small(), residentLayers, residentHead, keptLayers);

        for (var i = 0; i < losses.Length; i++)
            losses[i].ShouldBe(expectedLosses[i], 1e-12 * expectedLosses[i]);
        for (var i = 0; i < statistics.Count; i++)
        {
            var (ours, theirs) = (statistics[i], expected[i]);
            ours.FrobeniusNorm.ShouldBe(theirs.FrobeniusNorm, 1e-12 * theirs.FrobeniusNorm);
            ours.SumOfSingularValues.ShouldBe(theirs.SumOfSingularValues, 1e-12 * theirs.SumOfSingularValues);
            ours.LargestSingularValue.ShouldBe(theirs.LargestSingularValue, 1e-12 * theirs.LargestSingularValue);
            ours.Max.ShouldBe(theirs.Max, 1e-12 * theirs.Max);
            ours.Min.ShouldBe(theirs.Min, -1e-12 * theirs.Min);
        }
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_run_takes_no_more_than_its_plan(int residentLayers, bool residentHead, int keptLayers)
    {
        var specification = Small();
        var plan = Sizes<float>(specification, 96).Plan(Tokens, residentLayers, residentHead, keptLayers);

        var (_, _, peak) = Measure<float>(specification, residentLayers, residentHead, keptLayers);

        // The program's own memory is not the device's.
        var planned = plan.Parts.Where(part => part.Name != MemorySizes<float>.Program).Sum(part => part.Bytes);
        peak.ShouldBeInRange((long)(0.9 * planned), planned);
    }

    [Fact]
    public void A_smaller_budget_recomputes_then_streams_and_then_says_what_would_do()
    {
        var specification = Small();
        var sizes = Sizes<float>(specification, 1024);
        var resident = sizes.Plan(1024, 4, true, 4).Bytes;
        var recomputed = sizes.Plan(1024, 4, true, 0).Bytes;
        var least = sizes.Plan(1024, 0, false, 0).Bytes;

        MemoryPlan.Create(sizes, resident).ShouldSatisfyAllConditions(
            plan => plan.KeptLayers.ShouldBe(4), plan => plan.ResidentLayers.ShouldBe(4));
        MemoryPlan.Create(sizes, recomputed).ShouldSatisfyAllConditions(
            plan => plan.KeptLayers.ShouldBe(0), plan => plan.ResidentLayers.ShouldBe(4));
        MemoryPlan.Create(sizes, least).ResidentLayers.ShouldBeLessThan(4);
        var error = Should.Throw<InputException>(() => MemoryPlan.Create(sizes, least - (64 << 20)));
        error.Message.ShouldContain("at least");
        error.Message.ShouldContain("--max-length 1024");
    }

    [Theory]
    [InlineData(700)]
    [InlineData(400)]
    [InlineData(1000)]
    public void What_a_plan_takes_fits_the_budget(int mebibytes)
    {
        var plan = MemoryPlan.Create(Sizes<double>(Small(), 512), (long)mebibytes << 20);

        plan.Bytes.ShouldBeLessThanOrEqualTo((long)mebibytes << 20);
    }

    [Fact]
    public void A_run_that_has_begun_goes_on_in_the_least_memory()
    {
        var sizes = Sizes<float>(Small(), 1024);

        var plan = MemoryPlan.Create(sizes, budget: 1 << 20, tokenBudget: 1024, goesOn: true);

        plan.ShouldSatisfyAllConditions(
            one => one.TokenBudget.ShouldBe(1024), one => one.ResidentLayers.ShouldBe(0), one => one.ResidentHead.ShouldBeFalse(), one => one.KeptLayers.ShouldBe(0));
    }

    [Fact]
    public void A_layer_that_is_computed_again_makes_no_product_whose_result_nobody_reads()
    {
        var specification = Small();
        var (kept, recomputed) = (Products(specification.Layers.Count), Products(0));

        // Everything but the down projection: queries, keys, values, the output projection, gate and up.
        var again = specification.Layers.Sum(layer => layer.Linears.Sum(linear => linear.Weight.Count) - layer.FeedForward!.Linears.Last().Weight.Count);
        (recomputed - kept).ShouldBe(again * Tokens);

        long Products(int keptLayers)
        {
            using var device = new CountingDevice<float>(Threads);
            using var decoder = new Decoder<float>(device, specification, new WeightStore<float>(device, specification, new SeededParameters<float>(), 4, true), keptLayers);
            decoder.Backward(Batch(specification), new StatisticsSink<float>(device, WeightSelector.Parse(specification, "all", splitFused: false)));
            return device.MultiplyAdds;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(19)]
    public void Weights_that_cannot_be_read_leave_nothing_allocated(int readBefore)
    {
        using var device = new CountingDevice<float>(Threads);
        var before = device.Allocated;

        Should.Throw<InputException>(() => new WeightStore<float>(device, Small(), new FailingParameters(readBefore), 2, residentHead: true));

        device.Allocated.ShouldBe(before);
    }

    private sealed class FailingParameters(int readBefore) : IParameterSource<float>
    {
        private int _read;

        public void Read(ParameterSpecification parameter, long start, Span<float> destination)
        {
            if (start == 0 && Interlocked.Increment(ref _read) > readBefore)
                throw new InputException("model.safetensors: the disk failed");
            destination.Clear();
        }

        public void Prefetch(ParameterSpecification parameter)
        {
        }
    }

    private static PackedBatch Batch(DecoderSpecification specification)
    {
        var random = new Random(5);
        return new PackedBatch([.. new[] { 96, 64, 32 }.Select(length =>
            (Enumerable.Range(0, length).Select(_ => random.Next(specification.VocabularySize)).ToArray(), length / 2))]);
    }

    private static (double[] Losses, IReadOnlyList<GradientStatistics> Statistics, long Peak) Measure<T>(
        DecoderSpecification specification, int residentLayers, bool residentHead, int keptLayers)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        using var device = new CountingDevice<T>(Threads);
        var store = new WeightStore<T>(device, specification, new SeededParameters<T>(), residentLayers, residentHead);
        using var decoder = new Decoder<T>(device, specification, store, keptLayers);
        var sink = new StatisticsSink<T>(device, WeightSelector.Parse(specification, "all", splitFused: false));
        var batch = Batch(specification);
        decoder.Backward(batch, sink);
        var losses = decoder.Backward(batch, sink).Losses;
        return ([.. losses], [.. Enumerable.Range(0, 3).SelectMany(sink.Of)], device.Peak);
    }

    private static MemorySizes<T> Sizes<T>(DecoderSpecification specification, int maxLength)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        new(specification, maxLength, new CpuSizes(System.Runtime.CompilerServices.Unsafe.SizeOf<T>(), Threads), StatisticsSink<T>.Planned(WeightSelector.Parse(specification, "all", splitFused: false)));

    private static DecoderSpecification Small()
    {
        using var config = JsonDocument.Parse("""
            {
              "model_type": "llama", "hidden_size": 192, "num_hidden_layers": 4, "num_attention_heads": 6, "num_key_value_heads": 2,
              "intermediate_size": 400, "vocab_size": 2000, "tie_word_embeddings": false, "hidden_act": "silu", "rms_norm_eps": 1e-6,
              "rope_theta": 10000.0, "max_position_embeddings": 2048
            }
            """);
        return DecoderFamilies.Describe(config.RootElement, "config.json");
    }
}
