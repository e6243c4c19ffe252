using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training;

/// <summary>AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as <c>torch.optim.AdamW</c> defines it, on every parameter alike.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class AdamW<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<ParameterSpecification> parameters;
    private readonly Dictionary<string, (Matrix<T> First, Matrix<T> Second)> moments = [];
    private readonly OptimizerOptions options;

    /// <summary>An optimiser before its first step.</summary>
    /// <param name="device">Where weights and state are.</param>
    /// <param name="trained">What is trained.</param>
    /// <param name="options">The settings.</param>
    public AdamW(Device<T> device, IEnumerable<ParameterSpecification> trained, OptimizerOptions options)
        : base(device)
    {
        this.options = options;
        parameters = [.. trained];
        foreach (var parameter in parameters)
            moments.Add(parameter.Name, (Zeros(parameter), Zeros(parameter)));
    }

    /// <inheritdoc />
    public override IEnumerable<(string Name, ParameterSpecification Parameter, Matrix<T> Values)> State => parameters.SelectMany(
        parameter => new[] { ("exp_avg", parameter, moments[parameter.Name].First), ("exp_avg_sq", parameter, moments[parameter.Name].Second) });

    /// <inheritdoc />
    public override void Update(ParameterSpecification parameter, Matrix<T> weight, Matrix<T> gradient, int step, double learningRate)
    {
        var (first, second) = moments[parameter.Name];
        Device.AdamW(weight, gradient, first, second, new AdamWUpdate(learningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay, step));
    }
}
