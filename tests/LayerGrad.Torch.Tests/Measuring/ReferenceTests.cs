using LayerGrad.Compute;
using LayerGrad.Torch.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Torch.Tests.Measuring;

/// <summary>Every checkpoint on libtorch in float64 against the values that the original script gives.</summary>
public sealed class ReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, string> Runs() => TorchReference.Runs();

    [TorchTheory]
    [MemberData(nameof(Runs))]
    public void Float64_equals_the_original_script_to_1e_9(string group, string family, string run) =>
        TorchReference.Errors(group, family, run, Precision.Float64, TestProvider.Plain, output)?.Worst.ShouldBeLessThan(1e-9);
}
