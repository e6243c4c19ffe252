using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training.Optimizers;

/// <summary>Changes weights by their gradients, and remembers between steps what its rule needs.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class Optimizer<T>(Device<T> device) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<DeviceMemory<T>> _owned = [];

    /// <summary>Where weights and state are.</summary>
    protected Device<T> Device { get; } = device;

    /// <summary>What is remembered: matrices in the shapes of the parameters, zero before the first step.</summary>
    public abstract IEnumerable<(string Name, ParameterSpecification Parameter, Matrix<T> Values)> State { get; }

    /// <summary>Makes a step with one parameter.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="weight">Its values, changed in place.</param>
    /// <param name="gradient">Its gradient; the optimiser may overwrite it.</param>
    /// <param name="step">The number of the step, from 1.</param>
    /// <param name="learningRate">The learning rate of this step.</param>
    public abstract void Update(ParameterSpecification parameter, Matrix<T> weight, Matrix<T> gradient, int step, double learningRate);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var memory in _owned)
            memory.Dispose();
    }

    /// <summary>State of each parameter, all zero; where there is no memory for it, what there was is given back.</summary>
    protected IReadOnlyList<Matrix<T>> Zeros(IReadOnlyList<ParameterSpecification> parameters)
    {
        try
        {
            return [.. parameters.Select(parameter => Zeros(parameter))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private Matrix<T> Zeros(ParameterSpecification parameter)
    {
        var memory = Device.Allocate(parameter.Count);
        _owned.Add(memory);
        var matrix = memory.AsMatrix(parameter.Rows, parameter.Columns);
        Device.Clear(matrix);
        return matrix;
    }
}
