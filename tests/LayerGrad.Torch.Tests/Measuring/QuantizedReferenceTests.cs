using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using LayerGrad.Torch.Tests.Support;

namespace LayerGrad.Torch.Tests.Measuring;

/// <summary>Quantised checkpoints on libtorch against the exactly dequantised models.</summary>
public sealed class QuantizedReferenceTests
{
    public static TheoryData<string> Formats() => QuantizedCases.Formats(Extent.IsWhole);

    [TorchTheory]
    [MemberData(nameof(Formats))]
    public void Float64_equals_the_dequantised_model_to_1e_9(string format)
    {
        if (format.Length == 0)
            return;
        TestProvider.Register();
        QuantizedCases.Errors(format, Precision.Float64, TestProvider.Plain).Worst.ShouldBeLessThan(1e-9);
    }

    [TorchTheory]
    [MemberData(nameof(Formats))]
    public void Float32_equals_the_dequantised_model_to_1e_4(string format)
    {
        if (format.Length == 0)
            return;
        TestProvider.Register();
        QuantizedCases.Errors(format, Precision.Float32, TestProvider.Plain).Worst.ShouldBeLessThan(QuantizedCases.Float32Tolerance(format));
    }
}
