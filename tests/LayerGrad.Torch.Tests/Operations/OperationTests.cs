using LayerGrad.Tests.Compute;
using LayerGrad.Torch.Tests.Support;

namespace LayerGrad.Torch.Tests.Operations;

/// <summary>Every operation and its backward on libtorch against central differences, examples each alone (as on a processor) and together (as on a GPU).</summary>
public sealed class OperationTests
{
    public static TheoryData<string> Names => [.. OperationCases.All.Keys];

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void The_backward_is_the_derivative_of_the_forward(string name)
    {
        using var device = TestDevices.Create<double>();
        OperationGradient.Check(device, name);
    }

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void Examples_that_are_computed_together_have_the_same_derivatives(string name)
    {
        using var device = TestDevices.Create<double>(rowsTogether: 1 << 14);
        OperationGradient.Check(device, name);
    }
}
