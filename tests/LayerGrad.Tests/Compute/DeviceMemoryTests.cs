using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Tests.Decoders;

namespace LayerGrad.Tests.Compute;

/// <summary>A device knows how much memory it holds, and how much it held at most.</summary>
public sealed class DeviceMemoryTests
{
    [Fact]
    public void Bytes_are_counted_while_a_block_lives_and_the_peak_stays()
    {
        using var device = new CpuDevice<float>(1);
        var before = device.Allocated;
        var first = device.Allocate(1000);
        device.Allocate(500).Dispose();

        (device.Allocated - before).ShouldBe(4000);
        (device.Peak - before).ShouldBe(6000);
        device.ResetPeak();
        (device.Peak - before).ShouldBe(4000);
        first.Dispose();
        first.Dispose();
        device.Allocated.ShouldBe(before);
        (device.Peak - before).ShouldBe(4000);
    }

    [Fact]
    public void Memory_that_the_machine_does_not_have_is_refused_in_one_line_and_not_counted()
    {
        using var device = new CpuDevice<double>(1);
        var before = device.Allocated;

        var error = Should.Throw<InsufficientMemoryException>(() => device.Allocate(long.MaxValue / 16));

        error.Message.ShouldContain("--memory");
        error.Message.ShouldNotContain("\n");
        device.Allocated.ShouldBe(before);
    }

    [Fact]
    public void Counting_from_many_threads_loses_nothing()
    {
        var counter = new MemoryCounter();

        Parallel.For(0, 10_000, i =>
        {
            counter.Add(i);
            counter.Remove(i - 1);
        });

        counter.Allocated.ShouldBe(10_000);
        counter.Peak.ShouldBeGreaterThanOrEqualTo(10_000);
    }

    [Theory]
    [InlineData(40, 60, 50)]
    [InlineData(40, 24, 50)]
    [InlineData(40, 60, 24)]
    [InlineData(40, 24, 16)]
    [InlineData(1, 3, 2)]
    public void Work_space_takes_what_a_plan_can_tell_from_sizes(int tokens, int inputs, int outputs)
    {
        WorkSpace<float>(3, tokens, inputs, outputs);
        WorkSpace<double>(3, tokens, inputs, outputs);
    }

    [Theory]
    [InlineData("llama", "{}")]
    [InlineData("olmoe", """{"num_experts": 4, "num_experts_per_tok": 2, "clip_qkv": 0.6}""")]
    public void Whatever_a_decoder_and_its_sinks_took_is_given_back(string family, string variant)
    {
        var counter = new MemoryCounter();
        using (var device = new CpuDevice<double>(2, counter))
        {
            var before = device.Allocated;
            var specification = FamilyVariants.Describe(family, variant);
            var weights = WeightSelector.Parse(specification, "attention", splitFused: false);
            var store = new WeightStore<double>(device, specification, new RandomParameters(specification), 1, residentHead: false);
            using (var decoder = new Decoder<double>(device, specification, store, keptLayers: 1))
            using (var shares = new TokenShareSink<double>(device, weights))
            using (var cosines = new CosineSink<double>(device, weights))
            {
                var group = new SinkGroup<double>([new StatisticsSink<double>(device, weights), shares, cosines, new FactorRangeSink<double>(device, everyWeight: true)]);
                decoder.Backward(new PackedBatch([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1)]), group);
                cosines.Cosine(0, weights[0], weights[0]).ShouldBe(1, 1e-12);
                device.Allocated.ShouldBeGreaterThan(before);
            }

            // What remains is the work space of the device itself, which it keeps for the next batch.
            using var second = new Decoder<double>(
                device, specification, new WeightStore<double>(device, specification, new RandomParameters(specification), 1, residentHead: false), keptLayers: 1);
            second.Backward(new PackedBatch([([3, 14, 1], 1)]), new StatisticsSink<double>(device, weights));
        }

        counter.Allocated.ShouldBe(0);
        counter.Peak.ShouldBeGreaterThan(0);
    }

    /// <summary>Runs attention and statistics of examples of several lengths; shorter ones take no more.</summary>
    private static void WorkSpace<T>(int threads, int tokens, int inputs, int outputs)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var counter = new MemoryCounter();
        using var device = new CpuDevice<T>(threads, counter);
        using var memory = device.Allocate((long)tokens * (inputs + outputs + 5));
        var random = new Random(tokens);
        device.Upload([.. Enumerable.Range(0, (int)memory.Length).Select(_ => T.CreateTruncating(random.NextDouble() - 0.5))], memory.AsMatrix(1, (int)memory.Length));
        var (x, delta, qkv) = (memory.AsMatrix(tokens, inputs), memory.AsMatrix(tokens, outputs, (long)tokens * inputs), memory.AsMatrix(tokens, 5, (long)tokens * (inputs + outputs)));
        Segment[] examples = [.. new[] { 1, tokens / 2, tokens }.Where(length => length > 0).Select((length, i) => new Segment(i, 0, length))];

        Heads<T> Head(int column) => new(qkv.ColumnRange(column, 1), 1, 1, 1);
        device.Attend(new AttentionShape(1, null, null), examples, Head(0), Head(1), Head(2), Head(3), qkv.ColumnRange(4, 1));
        device.Summarize([.. examples.Select(example => new GradientFactors<T>(x.RowRange(0, example.Length), [delta.RowRange(0, example.Length)]))]);

        var elementBytes = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        (device.Allocated - (memory.Length * elementBytes)).ShouldBe(CpuWorkSpace.Bytes(elementBytes, threads, tokens, [(inputs, outputs)], []));
    }
}
