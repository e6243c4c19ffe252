using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training.Optimizers;

/// <summary>Stochastic gradient descent as <c>torch.optim.SGD</c> defines it: weight decay is added to the gradient, then momentum.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class Sgd<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<ParameterSpecification> _parameters;
    private readonly Dictionary<string, Matrix<T>> _velocities = [];
    private readonly OptimizerOptions _options;

    /// <summary>An optimiser before its first step.</summary>
    /// <param name="device">Where weights and state are.</param>
    /// <param name="trained">What is trained.</param>
    /// <param name="options">The settings.</param>
    public Sgd(Device<T> device, IEnumerable<ParameterSpecification> trained, OptimizerOptions options)
        : base(device)
    {
        _options = options;
        _parameters = options.Momentum == 0 ? [] : [.. trained];
        var zeros = Zeros(_parameters);
        for (var i = 0; i < _parameters.Count; i++)
            _velocities.Add(_parameters[i].Name, zeros[i]);
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, ParameterSpecification Parameter, Matrix<T> Values)> State =>
        _parameters.Select(parameter => ("momentum_buffer", parameter, _velocities[parameter.Name]));

    /// <inheritdoc />
    public override void Update(ParameterSpecification parameter, Matrix<T> weight, Matrix<T> gradient, int step, double learningRate)
    {
        if (_options.WeightDecay != 0)
            Device.Add(weight, gradient, _options.WeightDecay);
        if (_velocities.TryGetValue(parameter.Name, out var velocity))
        {
            Device.Scale(velocity, _options.Momentum);
            Device.Add(gradient, velocity);
            gradient = velocity;
        }

        Device.Add(gradient, weight, -learningRate);
    }
}
