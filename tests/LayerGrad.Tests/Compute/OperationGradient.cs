using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>Tries one of the <see cref="OperationCases"/> on a device, against central differences.</summary>
internal static class OperationGradient
{
    private const double Step = 1e-5;

    /// <summary>Fails where the backward is not the derivative of the forward.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The operation's name.</param>
    public static void Check(Device<double> device, string name)
    {
        var operation = OperationCases.All[name];
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

    /// <summary>Runs an operation and its backward on random numbers.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The operation's name.</param>
    /// <returns>The output, and the gradient of each input: the same for the same numbers on every device, but for rounding.</returns>
    public static double[][] Values(Device<double> device, string name)
    {
        var operation = OperationCases.All[name];
        using var memory = new GuardedMemory(device, seed: name.Length);
        var inputs = Array.ConvertAll(operation.Inputs, shape => memory.Random(shape.Rows, shape.Columns));
        var output = memory.Random(operation.Output.Rows, operation.Output.Columns);
        var dOutput = memory.Random(output.Rows, output.Columns);
        var gradients = Array.ConvertAll(operation.Inputs, shape => memory.Random(shape.Rows, shape.Columns));
        operation.Forward(device, memory, inputs, output);
        operation.Backward(device, memory, inputs, output, dOutput, gradients);
        return [memory.Values(output), .. gradients.Select(memory.Values)];
    }
}
