using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using LayerGrad.Torch.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Torch.Tests.Measuring;

/// <summary>Models with adapters on libtorch against PEFT's values, merged and by the gradients of A and B.</summary>
public sealed class AdapterTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Runs() => AdapterCases.All();

    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void Float64_equals_peft_to_1e_9(string adapter, string run) => Check(adapter, run, Precision.Float64, TestProvider.Plain, 1e-9);

    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void Float32_as_a_GPU_computes_it_equals_peft_to_1e_4(string adapter, string run) => Check(adapter, run, Precision.Float32, TestProvider.LikeGpu, 1e-4);

    private void Check(string adapter, string run, Precision precision, string device, double tolerance)
    {
        TestProvider.Register();
        if (AdapterCases.Errors(adapter, run, precision, device) is not { } errors)
            return;
        output.WriteLine($"{adapter} {run} {precision} {device}: {errors}");
        errors.Worst.ShouldBeLessThan(tolerance);
    }
}
