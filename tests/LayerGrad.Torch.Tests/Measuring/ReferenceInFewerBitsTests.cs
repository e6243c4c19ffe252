using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using LayerGrad.Torch.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Torch.Tests.Measuring;

/// <summary>Checkpoints on libtorch in float32 and in bf16 against the values that the original script gives in float64.</summary>
public sealed class ReferenceInFewerBitsTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, string> Runs() => TorchReference.Runs();

    public static TheoryData<string, string, string> Sample() => TorchReference.Sample();

    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void Float32_equals_the_original_script_to_1e_4(string group, string family, string run) =>
        TorchReference.Errors(group, family, run, Precision.Float32, TestProvider.Plain, output)?.Worst.ShouldBeLessThan(ReferenceCases.Float32Tolerance(group, family, run));

    [TorchTheory]
    [MemberData(nameof(Sample))]
    public void So_does_float32_as_a_GPU_computes_it(string group, string family, string run) =>
        TorchReference.Errors(group, family, run, Precision.Float32, TestProvider.LikeGpu, output)?.Worst.ShouldBeLessThan(ReferenceCases.Float32Tolerance(group, family, run));

    public static TheoryData<string, string, string> SampleWithoutExperts() => TorchReference.SampleWithoutExperts();

    /// <summary>How far bf16 is from float64: the losses, and the norms of all gradients.</summary>
    [TorchTheory]
    [MemberData(nameof(SampleWithoutExperts))]
    public void Bfloat16_stays_within_some_percent(string group, string family, string run)
    {
        if (TorchReference.Errors(group, family, run, Precision.BFloat16, TestProvider.Plain, output) is not { } errors)
            return;
        errors.Of("loss").ShouldBeLessThan(0.02);
        errors.Of("frobenius_norm").ShouldBeLessThan(0.3);
    }
}
