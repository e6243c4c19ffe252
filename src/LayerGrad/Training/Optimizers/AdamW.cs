using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training.Optimizers;

/// <summary>AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as <c>torch.optim.AdamW</c> defines it, on every parameter alike.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class AdamW<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<ParameterSpecification> _parameters;
    private readonly Dictionary<string, (Matrix<T> First, Matrix<T> Second)> _moments = [];
    private readonly OptimizerOptions _options;

    /// <summary>An optimiser before its first step.</summary>
    /// <param name="device">Where weights and state are.</param>
    /// <param name="trained">What is trained.</param>
    /// <param name="options">The settings.</param>
    public AdamW(Device<T> device, IEnumerable<ParameterSpecification> trained, OptimizerOptions options)
        : base(device)
    {
        _options = options;
        _parameters = [.. trained];
        var (first, second) = (Zeros(_parameters), Zeros(_parameters));
        for (var i = 0; i < _parameters.Count; i++)
            _moments.Add(_parameters[i].Name, (first[i], second[i]));
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, ParameterSpecification Parameter, Matrix<T> Values)> State => _parameters.SelectMany(
        parameter => new[] { ("exp_avg", parameter, _moments[parameter.Name].First), ("exp_avg_sq", parameter, _moments[parameter.Name].Second) });

    /// <inheritdoc />
    public override void Update(ParameterSpecification parameter, Matrix<T> weight, Matrix<T> gradient, int step, double learningRate)
    {
        var (first, second) = _moments[parameter.Name];
        Device.AdamW(weight, gradient, first, second, new AdamWUpdate(learningRate, _options.Beta1, _options.Beta2, _options.Epsilon, _options.WeightDecay, step));
    }
}
