using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using LayerGrad.Torch.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Torch.Tests.Measuring;

/// <summary>Every checkpoint on libtorch against the values that the original script gives in float64.</summary>
public sealed class ReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, string> Runs()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (group, family, run) in Extent.OneInFive(ReferenceCases.All(Extent.IsWhole)).DefaultIfEmpty(("", "", "")))
            data.Add(group, family, run);
        return data;
    }

    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void Float64_equals_the_original_script_to_1e_9(string group, string family, string run) =>
        Worst(group, family, run, Precision.Float64, TestProvider.Plain).ShouldBeLessThan(1e-9);

    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void Float32_equals_the_original_script_to_1e_4(string group, string family, string run) =>
        Worst(group, family, run, Precision.Float32, TestProvider.Plain).ShouldBeLessThan(ReferenceCases.Float32Tolerance(group, family, run));

    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void So_does_float32_as_a_GPU_computes_it(string group, string family, string run) =>
        Worst(group, family, run, Precision.Float32, TestProvider.LikeGpu).ShouldBeLessThan(ReferenceCases.Float32Tolerance(group, family, run));

    /// <summary>How far bf16 is from float64: the losses, and the norms of gradients but for the smallest, which rounding moves most.</summary>
    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void Bfloat16_stays_within_some_percent(string group, string family, string run)
    {
        if (group.Length == 0)
            return;
        var errors = Errors(group, family, run, Precision.BFloat16, TestProvider.Plain);
        errors.Of("loss").ShouldBeLessThan(0.02);
        errors.Of("frobenius_norm").ShouldBeLessThan(0.3);
    }

    private double Worst(string group, string family, string run, Precision precision, string device) =>
        group.Length == 0 ? 0 : Errors(group, family, run, precision, device).Worst;

    private ReferenceRun.Errors Errors(string group, string family, string run, Precision precision, string device)
    {
        TestProvider.Register();
        var errors = ReferenceCases.Errors(group, family, run, precision, device);
        output.WriteLine($"{group}/{family} {run} {precision}: {errors}");
        return errors;
    }
}
