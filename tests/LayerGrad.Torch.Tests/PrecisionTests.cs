using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Tests.Compute;
using LayerGrad.Tests.Decoders;
using LayerGrad.Torch.Devices;
using LayerGrad.Torch.Tests.Support;

namespace LayerGrad.Torch.Tests;

/// <summary>bfloat16: how weights are stored, and what a decoder of them computes.</summary>
public sealed class PrecisionTests
{
    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1), ([8, 2, 21, 18, 2, 8], 3)]);

    [TorchFact]
    public void Parameters_that_bfloat16_holds_take_two_bytes_and_widen_exactly()
    {
        using var device = TestDevices.Create<float>(Precision.BFloat16);
        float[] values = [1, -0.15625f, 3e38f, 1e-38f, 0, 0.99609375f];
        for (var i = 0; i < values.Length; i++)
            values[i] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(values[i]) & 0xFFFF0000);
        using var memory = device.AllocateParameters(values.Length, ParameterStorage.BFloat16);
        using var wide = device.Allocate(values.Length);

        device.Allocated.ShouldBe(values.Length * 6);
        device.ParameterBytes(ParameterStorage.BFloat16).ShouldBe(2);
        device.ParameterBytes(ParameterStorage.Element).ShouldBe(4);
        device.LoadParameter(memory.AsParameter(2, 3), (start, destination) => values.AsSpan((int)start, destination.Length).CopyTo(destination));
        device.Widen(memory.AsParameter(2, 3), wide.AsMatrix(2, 3));
        device.Read(wide.AsMatrix(2, 3)).Wait().ShouldBe(values);
    }

    [TorchFact]
    public void Sums_of_bfloat16_in_float32_can_be_asked_for_of_this_libtorch() => ReducedPrecision.TrySwitchOff().ShouldBeTrue();

    [TorchTheory]
    [InlineData("llama", "{}")]
    [InlineData("gemma2", "{}")]
    [InlineData("gpt_neox", """{"rotary_pct": 0.5}""")]
    [InlineData("olmoe", """{"num_experts": 4, "num_experts_per_tok": 2, "clip_qkv": 0.6}""")]
    public void Bfloat16_stays_near_float32(string family, string variant)
    {
        var exact = Measure(Precision.Float32, family, variant);
        var found = Measure(Precision.BFloat16, family, variant);

        for (var i = 0; i < exact.Losses.Count; i++)
            found.Losses[i].ShouldBe(exact.Losses[i], 0.02 * exact.Losses[i]);

        // Some gradients vanish but for rounding, as those of the keys of one token: differences are held against the largest of all.
        var largest = exact.Norms.Max();
        found.Norms.Zip(exact.Norms, (ours, theirs) => Math.Abs(ours - theirs) / largest).Max().ShouldBeInRange(1e-6, 0.05);
    }

    private static (IReadOnlyList<double> Losses, double[] Norms) Measure(Precision precision, string family, string variant)
    {
        var specification = FamilyVariants.Describe(family, variant);
        using var device = TestDevices.Create<float>(precision);
        var store = new WeightStore<float>(device, specification, new BFloat16Parameters(_ => true), specification.Layers.Count, residentHead: true);
        using var decoder = new Decoder<float>(device, specification, store, keptLayers: 1);
        var sink = new StatisticsSink<float>(device, WeightSelector.Parse(specification, "attention", splitFused: false));
        var losses = decoder.Backward(s_batch, sink).Losses;
        return ([.. losses], [.. Enumerable.Range(0, s_batch.Segments.Count).SelectMany(sink.Of).Select(one => one.FrobeniusNorm)]);
    }
}
