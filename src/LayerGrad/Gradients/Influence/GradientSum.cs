using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients.Influence;

/// <summary>Adds up the gradients of some weights over the examples of many batches, formed from their factors: Σᵢ Δᵢᵀ Xᵢ.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class GradientSum<T> : IGradientSink<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly Dictionary<string, Matrix<T>> _sums = new(StringComparer.Ordinal);
    private readonly List<DeviceMemory<T>> _owned = [];

    /// <summary>Sums that are zero.</summary>
    /// <param name="device">Where they are.</param>
    /// <param name="weights">The weights, whole ones.</param>
    public GradientSum(Device<T> device, IReadOnlyList<SelectedWeight> weights)
    {
        _device = device;
        try
        {
            foreach (var weight in weights)
            {
                var memory = device.Allocate((long)weight.Outputs * weight.Inputs);
                _owned.Add(memory);
                var sum = memory.AsMatrix(weight.Outputs, weight.Inputs);
                device.Clear(sum);
                _sums.Add(weight.Name, sum);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What such a sink will ask for and take: as much as the weights themselves.</summary>
    /// <param name="weights">The weights, whole ones.</param>
    public static PlannedSink Planned(IReadOnlyList<SelectedWeight> weights)
    {
        var bytes = weights.Sum(weight => (long)weight.Outputs * weight.Inputs) * Unsafe.SizeOf<T>();
        return PlannedSink.For(weights.Select(weight => weight.Name), (_, _) => [new MemoryPart("mean gradient of the query", bytes)]);
    }

    /// <summary>The sum of a weight's gradients, outputs x inputs.</summary>
    /// <param name="weight">The weight's name.</param>
    public Matrix<T> Of(string weight) => _sums[weight];

    /// <summary>The squared Frobenius norm of a weight's sum, in float64.</summary>
    /// <param name="weight">The weight's name.</param>
    public double SquaredNorm(string weight) => _device.DotRows(_sums[weight], _sums[weight]).Wait().Sum();

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _sums.ContainsKey(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        foreach (var output in gradient.Outputs)
        {
            if (_sums.TryGetValue(output.Linear.Weight.Name, out var sum))
                _device.Multiply(output.Delta, true, gradient.Input, false, sum, beta: 1);
        }
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _owned.ForEach(memory => memory.Dispose());
        _owned.Clear();
        _sums.Clear();
    }
}
