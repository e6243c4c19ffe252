using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>An operation with its backward, as <see cref="OperationGradientTests"/> tries it.</summary>
/// <param name="Inputs">The shapes of what it is differentiated by.</param>
/// <param name="Output">The shape of its result.</param>
/// <param name="Forward">Computes the output from the inputs, which it leaves as they are.</param>
/// <param name="Backward">Computes the inputs' gradients from that of the output.</param>
internal sealed record OperationCase(
    (int Rows, int Columns)[] Inputs, (int Rows, int Columns) Output, OperationCase.ForwardStep Forward, OperationCase.BackwardStep Backward)
{
    public delegate void ForwardStep(Device<double> device, GuardedMemory memory, Matrix<double>[] inputs, Matrix<double> output);

    public delegate void BackwardStep(
        Device<double> device, GuardedMemory memory, Matrix<double>[] inputs, Matrix<double> output, Matrix<double> dOutput, Matrix<double>[] dInputs);

    /// <summary>For which inputs the backward adds to the gradient that is there, rather than overwriting it.</summary>
    public bool[] Adds { get; init; } = [.. Inputs.Select(_ => false)];
}
