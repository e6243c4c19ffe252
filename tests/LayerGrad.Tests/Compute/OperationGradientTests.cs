using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Compute;

/// <summary>
/// Every backward of <see cref="Device{T}"/> against central differences of its forward, in float64, on memory with
/// guards. The objective is Σ dOutput ∘ output with a random dOutput.
/// </summary>
/// <remarks>
/// To add a case, add a line to the dictionary of <c>OperationCases</c>: a name, the shapes of all inputs that
/// have a gradient, the shape of the output, the forward as a call that leaves its inputs alone (copy first where the
/// operation works in place), and the backward as a call that fills the inputs' gradients. Name in <c>Adds</c> the
/// gradients that the backward adds to; all others must be overwritten, whatever they held. Sizes of a few hundred
/// elements are enough: every element is tried.
/// </remarks>
public sealed class OperationGradientTests
{
    public static TheoryData<string> Names => [.. OperationCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_backward_is_the_derivative_of_the_forward(string name)
    {
        using var device = new CpuDevice<double>(2);
        OperationGradient.Check(device, name);
    }
}
