using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Tests.Decoders;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Compute;

/// <summary>Decoders, sinks and training on a device that does nothing before the program waits for it.</summary>
public sealed class RunningAheadTests
{
    private const string Experts = """{"num_experts": 4, "num_experts_per_tok": 2, "clip_qkv": 0.6}""";

    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1), ([8, 2, 21, 18, 2, 8], 3)]);

    public static TheoryData<string> Families => [.. FamilyVariants.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_late_device_gives_every_number_of_one_that_answers_at_once(string family)
    {
        var specification = FamilyVariants.Describe(family, FamilyVariants.Of(family)[^1]);
        foreach (var (residentLayers, keptLayers) in ((int, int)[])[(int.MaxValue, 2), (0, 1)])
        {
            using var prompt = new CpuDevice<double>(2);
            using var late = new LateDevice<double>(2);
            var expected = Numbers(prompt, specification, residentLayers, keptLayers);
            var found = Numbers(late, specification, residentLayers, keptLayers);
            found.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("llama", "{}")]
    [InlineData("cohere", """{"use_qk_norm": true}""")]
    [InlineData("gpt_neox", """{"rotary_pct": 0.5}""")]
    public void The_program_is_held_up_once_a_batch(string family, string variant)
    {
        var specification = FamilyVariants.Describe(family, variant);
        using var device = new LateDevice<double>(2);
        using var decoder = Decoder(device, specification, int.MaxValue, keptLayers: 1);
        var weights = WeightSelector.Parse(specification, "all", splitFused: true);
        var whole = weights.Where(weight => weight.Part is null).ToList();
        using var shares = new TokenShareSink<double>(device, whole);
        using var cosines = new CosineSink<double>(device, whole);
        var kernel = new KernelSink<double>(device, whole, new MemoryFactorStore<double>());
        kernel.Expect([0, 1, 2]);
        var sinks = new SinkGroup<double>([new StatisticsSink<double>(device, weights), shares, cosines, kernel, new FactorRangeSink<double>(device, everyWeight: true)]);

        for (var batch = 1; batch <= 3; batch++)
        {
            kernel.Expect([3 * batch, 3 * batch + 1, 3 * batch + 2]);
            decoder.Backward(s_batch, sinks);
            device.Holds.ShouldBe(batch);
        }

        cosines.Cosines(0, [whole[0], whole[0], whole[0]]);
        device.Holds.ShouldBe(4);
    }

    [Fact]
    public void Experts_hold_the_program_up_where_they_are_chosen_and_where_their_router_is_taught()
    {
        var specification = FamilyVariants.Describe("olmoe", Experts);
        using var device = new LateDevice<double>(2);
        using var decoder = Decoder(device, specification, int.MaxValue, specification.Layers.Count);

        decoder.Backward(s_batch, new StatisticsSink<double>(device, WeightSelector.Parse(specification, "all", splitFused: false)));

        device.Holds.ShouldBe(2 * specification.Layers.Count + 1);
    }

    [Fact]
    public void Training_takes_the_same_steps()
    {
        using var prompt = new CpuDevice<double>(2);
        using var late = new LateDevice<double>(2);

        Train(late).ShouldBe(Train(prompt));

        static double[] Train(Device<double> device)
        {
            var specification = FamilyVariants.Describe("llama", "{}");
            var plan = new MemoryPlan(TokenBudget: 10, specification.Layers.Count, ResidentHead: true, KeptLayers: 1, []);
            using var trainer = new Trainer<double>(
                device, specification, new RandomParameters(specification), [.. specification.Parameters], new OptimizerOptions { LearningRate = 1e-2 }, clip: 0.1, plan);
            var steps = Enumerable.Range(1, 3).Select(step => trainer.Step([new([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), new([7, 7, 2], 1)], step, 1)).ToList();
            return [.. steps.SelectMany(step => (double[])[step.Loss, step.GradientNorm])];
        }
    }

    [Fact]
    public void An_example_whose_loss_is_not_finite_leaves_nothing_with_the_sinks_and_its_neighbours_alone()
    {
        var specification = FamilyVariants.Describe("llama", """{"tie_word_embeddings": false}""");
        using var device = new LateDevice<double>(2);
        var parameters = new RandomParameters(specification);
        parameters[specification.Embedding].AsSpan(21 * specification.HiddenSize, specification.HiddenSize).Fill(double.NaN);
        using var decoder = new Decoder<double>(device, specification, new WeightStore<double>(device, specification, parameters, 2, residentHead: true), keptLayers: 1);
        var weights = WeightSelector.Parse(specification, "attention", splitFused: false);
        var statistics = new StatisticsSink<double>(device, weights);
        using var shares = new TokenShareSink<double>(device, weights);
        using var store = new MemoryFactorStore<double>();
        var kernel = new KernelSink<double>(device, weights, store);
        kernel.Expect([0, 1, 2]);

        var losses = decoder.Backward(s_batch, new SinkGroup<double>([statistics, shares, kernel])).Losses;

        losses.Select(double.IsFinite).ShouldBe([true, true, false]);
        for (var example = 0; example < 2; example++)
        {
            statistics.Of(example).ShouldAllBe(one => one.FrobeniusNorm > 0);
            shares.Of(example, 0).Sum().ShouldBe(1, 1e-12);
            store.Length(KernelSink<double>.DeltaOf(0), example).ShouldBeGreaterThan(0);
        }

        statistics.Of(2).ShouldAllBe(one => one.FrobeniusNorm == 0);
        Should.Throw<InvalidOperationException>(() => shares.Of(2, 0));
        Enumerable.Range(0, 2 * weights.Count).ShouldAllBe(factor => store.Length(factor, 2) == 0);
    }

    [Fact]
    public void A_result_is_the_same_whenever_it_is_waited_for_and_whatever_became_of_its_memory()
    {
        using var device = new LateDevice<float>(1);
        var memory = device.Allocate(6);
        var matrix = memory.AsMatrix(2, 3);
        device.Upload([1, 2, 3, 4, 5, 6], matrix);
        var squares = device.DotRows(matrix, matrix);
        var values = device.Read(matrix);
        device.Clear(matrix);
        var zeros = device.LargestMagnitudes(matrix);
        memory.Dispose();

        device.Holds.ShouldBe(0);
        zeros.Wait().ShouldBe([0, 0]);
        squares.Wait().ShouldBe([14, 77]);
        values.Wait().ShouldBe([1, 2, 3, 4, 5, 6]);
        squares.Wait().ShouldBe([14, 77]);
        device.Holds.ShouldBe(1);
        device.Allocated.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => device.Clear(matrix));
    }

    [Fact]
    public void Transfers_are_counted_by_number_and_bytes()
    {
        using var device = new CpuDevice<float>(1);
        using var memory = device.Allocate(12);
        var (a, b) = (memory.AsMatrix(2, 3), memory.AsMatrix(2, 3, 6));

        device.Upload([1, 2, 3, 4, 5, 6], a);
        device.Fill(b, (_, values) => values.Fill(1));
        device.GatherRows(a, [1, 0], b);
        device.ScatterAddRows(a, [1, 0], b, [0.5, 2]);
        device.ScaleRows(a, [1, 1]);
        Uploads(device.Transfers).ShouldBe((5, 24 + 24 + 8 + 24 + 16));
        Downloads(device.Transfers).ShouldBe((0, 0));

        device.Download(a, new float[6]);
        device.Read(a).Wait();
        device.DotRows(a, a).Wait();
        device.LargestMagnitudes(a).Wait();
        device.CrossEntropy(b, [0, 1], [1, 1], 1, null).Wait();
        Downloads(device.Transfers).ShouldBe((5, 24 + 24 + 16 + 16 + 16));
        Uploads(device.Transfers).ShouldBe((6, 96 + 24));

        static (long, long) Uploads(TransferCounter transfers) => (transfers.Uploads, transfers.UploadedBytes);
        static (long, long) Downloads(TransferCounter transfers) => (transfers.Downloads, transfers.DownloadedBytes);
    }

    [Fact]
    public void Rows_of_an_embedding_that_is_not_resident_come_in_one_transfer()
    {
        var specification = FamilyVariants.Describe("llama", """{"tie_word_embeddings": false}""");
        using var device = new CpuDevice<double>(2);
        var parameters = new RandomParameters(specification);
        using var store = new WeightStore<double>(device, specification, parameters, 2, residentHead: true);
        store.Holds(specification.Embedding).ShouldBeFalse();
        using var memory = device.Allocate(5L * specification.HiddenSize);
        var before = device.Transfers.Uploads;

        store.GatherRows(specification.Embedding, [4, 0, 22, 4, 7], memory.AsMatrix(5, specification.HiddenSize));

        device.Transfers.Uploads.ShouldBe(before + 1);
        double[] expected = [.. new[] { 4, 0, 22, 4, 7 }.SelectMany(row => parameters[specification.Embedding].Skip(row * specification.HiddenSize).Take(specification.HiddenSize))];
        device.Read(memory.AsMatrix(1, expected.Length)).Wait().ShouldBe(expected);
    }

    private static Decoder<double> Decoder(Device<double> device, DecoderSpecification specification, int residentLayers, int keptLayers) => new(
        device, specification, new WeightStore<double>(device, specification, new RandomParameters(specification), residentLayers, residentHead: residentLayers > 0), keptLayers);

    /// <summary>Everything that sinks and decoder say of a batch, one number behind the other.</summary>
    private static double[] Numbers(Device<double> device, DecoderSpecification specification, int residentLayers, int keptLayers)
    {
        using var decoder = Decoder(device, specification, residentLayers, keptLayers);
        var weights = WeightSelector.Parse(specification, "all", splitFused: true);
        var attention = WeightSelector.Parse(specification, "attention", splitFused: false);
        var statistics = new StatisticsSink<double>(device, weights);
        using var shares = new TokenShareSink<double>(device, attention);
        using var cosines = new CosineSink<double>(device, attention);
        using var store = new MemoryFactorStore<double>();
        var kernel = new KernelSink<double>(device, weights, store);
        var ranges = new FactorRangeSink<double>(device, everyWeight: true);
        kernel.Expect([0, 1, 2]);
        var result = decoder.Backward(s_batch, new SinkGroup<double>([statistics, shares, cosines, kernel, ranges]));

        var numbers = new List<double>([.. result.Losses, .. result.RouterNearTies, .. decoder.Losses(s_batch), .. decoder.LastLogits([[1, 2, 3], [4]])]);
        using var products = new GradientKernel<double>(device, store, 64);
        for (var example = 0; example < s_batch.Segments.Count; example++)
        {
            foreach (var one in statistics.Of(example))
                numbers.AddRange([one.Mean, one.Max, one.Min, one.FrobeniusNorm, .. one.SingularValues]);
            for (var i = 0; i < attention.Count; i++)
                numbers.AddRange(shares.Of(example, i));
            numbers.AddRange(cosines.Cosines(example, [attention[0], attention[0]]).SelectMany(row => row));
            numbers.Add(ranges.IsOrdinary(example) ? 1 : 0);
        }

        for (var i = 0; i < weights.Count; i++)
            numbers.AddRange(products.InnerProducts(weights[i], kernel.InputOf(i), KernelSink<double>.DeltaOf(i), [0, 1, 2]));
        return [.. numbers];
    }
}
