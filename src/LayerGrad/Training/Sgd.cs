using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training;

/// <summary>Stochastic gradient descent as <c>torch.optim.SGD</c> defines it: weight decay is added to the gradient, then momentum.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class Sgd<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<ParameterSpecification> parameters;
    private readonly Dictionary<string, Matrix<T>> velocities = [];
    private readonly OptimizerOptions options;

    /// <summary>An optimiser before its first step.</summary>
    /// <param name="device">Where weights and state are.</param>
    /// <param name="trained">What is trained.</param>
    /// <param name="options">The settings.</param>
    public Sgd(Device<T> device, IEnumerable<ParameterSpecification> trained, OptimizerOptions options)
        : base(device)
    {
        this.options = options;
        parameters = options.Momentum == 0 ? [] : [.. trained];
        foreach (var parameter in parameters)
            velocities.Add(parameter.Name, Zeros(parameter));
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, ParameterSpecification Parameter, Matrix<T> Values)> State =>
        parameters.Select(parameter => ("momentum_buffer", parameter, velocities[parameter.Name]));

    /// <inheritdoc />
    public override void Update(ParameterSpecification parameter, Matrix<T> weight, Matrix<T> gradient, int step, double learningRate)
    {
        if (options.WeightDecay != 0)
            Device.Add(weight, gradient, options.WeightDecay);
        if (velocities.TryGetValue(parameter.Name, out var velocity))
        {
            Device.Scale(velocity, options.Momentum);
            Device.Add(gradient, velocity);
            gradient = velocity;
        }

        Device.Add(gradient, weight, -learningRate);
    }
}
