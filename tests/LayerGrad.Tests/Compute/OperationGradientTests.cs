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
    private const double Step = 1e-5;

    public static TheoryData<string> Names => [.. OperationCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_backward_is_the_derivative_of_the_forward(string name)
    {
        var operation = OperationCases.All[name];
        using var device = new CpuDevice<double>(2);
        using var memory = new GuardedMemory(device, seed: name.Length);
        var inputs = Array.ConvertAll(operation.Inputs, shape => memory.Random(shape.Rows, shape.Columns));
        var output = memory.Random(operation.Output.Rows, operation.Output.Columns);
        var dOutput = memory.Random(output.Rows, output.Columns);
        var gradients = Array.ConvertAll(operation.Inputs, shape => memory.Random(shape.Rows, shape.Columns));
        var before = Array.ConvertAll(gradients, memory.Values);
        var weights = memory.Values(dOutput);

        operation.Forward(device, memory, inputs, output);
        operation.Backward(device, memory, inputs, output, dOutput, gradients);

        for (var i = 0; i < inputs.Length; i++)
        {
            var found = memory.Values(gradients[i]);
            var expected = Differences(inputs[i]);
            for (var j = 0; j < found.Length; j++)
            {
                var added = operation.Adds[i] ? before[i][j] : 0;
                (found[j] - added).ShouldBe(expected[j], 2e-8 * Math.Max(1, Math.Abs(expected[j])), $"input {i}, element {j}");
            }
        }

        memory.ShouldBeIntact();

        double[] Differences(Matrix<double> input)
        {
            var values = memory.Values(input);
            var slopes = new double[values.Length];
            for (var j = 0; j < values.Length; j++)
            {
                var value = values[j];
                slopes[j] = (Objective(value + Step) - Objective(value - Step)) / (2 * Step);
                device.Upload(values, input);

                double Objective(double moved)
                {
                    (values[j], var kept) = (moved, values[j]);
                    device.Upload(values, input);
                    values[j] = kept;
                    operation.Forward(device, memory, inputs, output);
                    return memory.Values(output).Zip(weights, (y, w) => y * w).Sum();
                }
            }

            return slopes;
        }
    }
}
