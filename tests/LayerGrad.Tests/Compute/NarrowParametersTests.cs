using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Tests.Decoders;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Compute;

/// <summary>Decoders on a device that stores parameters in fewer bytes than it computes in.</summary>
public sealed class NarrowParametersTests
{
    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1), ([8, 2, 21, 18, 2, 8], 3)]);

    public static TheoryData<string> Families => [.. FamilyVariants.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void Weights_of_two_bytes_give_the_numbers_of_those_that_were_widened_before(string family)
    {
        var specification = FamilyVariants.Describe(family, FamilyVariants.Of(family)[^1]);
        foreach (var narrow in (Func<ParameterSpecification, bool>[])[_ => true, parameter => !parameter.IsVector])
        {
            foreach (var resident in (int[])[int.MaxValue, 0])
            {
                using var wideDevice = new CpuDevice<float>(2);
                using var narrowDevice = new NarrowDevice(2);
                var expected = Measure(wideDevice, specification, narrow, resident);
                var found = Measure(narrowDevice, specification, narrow, resident);

                found.Losses.ShouldBe(expected.Losses);
                found.Statistics.ShouldBe(expected.Statistics);
                narrowDevice.Widenings.ShouldBeGreaterThan(specification.Layers.Count);
            }
        }
    }

    [Theory]
    [InlineData(int.MaxValue, true)]
    [InlineData(1, false)]
    public void Resident_and_streamed_weights_take_two_bytes_an_element(int residentLayers, bool residentHead)
    {
        var specification = FamilyVariants.Describe("llama", "{}");
        using var wide = new CpuDevice<float>(1);
        using var narrow = new NarrowDevice(1);
        var (wideBefore, narrowBefore) = (wide.Allocated, narrow.Allocated);
        var source = new BFloat16Parameters(_ => true);

        using var wideStore = new WeightStore<float>(wide, specification, source, residentLayers, residentHead);
        using var narrowStore = new WeightStore<float>(narrow, specification, source, residentLayers, residentHead);

        (wide.Allocated - wideBefore).ShouldBe(2 * (narrow.Allocated - narrowBefore));
        (wide.Allocated - wideBefore).ShouldBeGreaterThan(0);
        narrow.ParameterBytes(ParameterStorage.BFloat16).ShouldBe(2);
        wide.ParameterBytes(ParameterStorage.BFloat16).ShouldBe(4);
        var weight = specification.Layers[0].Linears.First().Weight;
        narrowStore[weight].Memory.Storage.ShouldBe(ParameterStorage.BFloat16);
        Should.Throw<InvalidOperationException>(() => narrowStore[weight].AsMatrix());
    }

    [Fact]
    public void Training_has_its_weights_in_full_width()
    {
        var specification = FamilyVariants.Describe("llama", "{}");
        using var device = new NarrowDevice(1);
        var plan = new MemoryPlan(TokenBudget: 64, specification.Layers.Count, ResidentHead: true, KeptLayers: 2, []);
        using var trainer = new Trainer<float>(
            device, specification, new BFloat16Parameters(_ => true), [.. specification.Parameters], new OptimizerOptions { LearningRate = 1e-2 }, clip: 1, plan);
        PackedSequence[] examples = [new([3, 14, 1, 5, 9, 2, 6, 5, 3], 4)];

        var first = trainer.Step(examples, 1, 1);
        var second = trainer.Step(examples, 2, 1);

        second.Loss.ShouldBeLessThan(first.Loss);
        specification.Parameters.ShouldAllBe(parameter => trainer.Decoder.Weights[parameter].Memory.Storage == ParameterStorage.Element);
        device.Widenings.ShouldBe(0);
    }

    [Fact]
    public void A_value_that_the_storage_does_not_hold_is_refused_by_the_test_s_device()
    {
        using var device = new NarrowDevice(1);
        using var memory = device.AllocateParameters(3, ParameterStorage.BFloat16);

        Should.Throw<InvalidOperationException>(() => device.LoadParameter(memory.AsParameter(1, 3), (_, values) => values.Fill(0.1f)));
    }

    private static (double[] Losses, double[] Statistics) Measure(
        CpuDevice<float> device, DecoderSpecification specification, Func<ParameterSpecification, bool> narrow, int residentLayers)
    {
        var store = new WeightStore<float>(device, specification, new BFloat16Parameters(narrow), residentLayers, residentHead: residentLayers > 0);
        using var decoder = new Decoder<float>(device, specification, store, keptLayers: 1);
        var sink = new StatisticsSink<float>(device, WeightSelector.Parse(specification, "all", splitFused: false));
        var losses = decoder.Backward(s_batch, sink).Losses;
        decoder.Losses(s_batch).ShouldBe(losses, 1e-6);
        return ([.. losses], [.. Enumerable.Range(0, s_batch.Segments.Count).SelectMany(sink.Of).SelectMany(one => (double[])[one.Mean, one.Max, one.Min, one.FrobeniusNorm, .. one.SingularValues])]);
    }
}
