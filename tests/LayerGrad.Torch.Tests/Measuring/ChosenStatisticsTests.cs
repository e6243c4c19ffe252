using LayerGrad.Tests.Gradients;
using LayerGrad.Torch.Tests.Support;

namespace LayerGrad.Torch.Tests.Measuring;

/// <summary>The statistics that <c>--statistics</c> chooses, from factors on libtorch, against the gradient that is formed.</summary>
public sealed class ChosenStatisticsTests
{
    public static TheoryData<string> Families => ChosenStatisticsCheck.Families;

    [TorchTheory]
    [MemberData(nameof(Families))]
    public void They_are_those_of_the_gradient_that_is_formed(string family)
    {
        using var device = TestDevices.Create<double>();
        ChosenStatisticsCheck.Run(device, family).Compared.ShouldBeGreaterThan(20);
    }
}
