using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training.Optimizers;

/// <summary>Sums the gradients of the trained parameters over a step's batches; linear weights are formed from their factors.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class GradientAccumulators<T> : IGradientSink<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly Dictionary<string, Matrix<T>> _gradients = [];
    private readonly List<DeviceMemory<T>> _owned = [];

    /// <summary>Gradients that are all zero.</summary>
    /// <param name="device">Where they are.</param>
    /// <param name="trained">The parameters that have one.</param>
    public GradientAccumulators(Device<T> device, IEnumerable<ParameterSpecification> trained)
    {
        _device = device;
        try
        {
            foreach (var parameter in trained)
            {
                var memory = device.Allocate(parameter.Count);
                _owned.Add(memory);
                _gradients.Add(parameter.Name, memory.AsMatrix(parameter.Rows, parameter.Columns));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        Clear();
    }

    /// <summary>What such a sink will ask for and take.</summary>
    /// <param name="trained">The parameters that will have a gradient.</param>
    public static PlannedSink Planned(IReadOnlyList<ParameterSpecification> trained)
    {
        var names = trained.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        var bytes = trained.Sum(parameter => parameter.Count) * Unsafe.SizeOf<T>();
        return new PlannedSink(weight => names.Contains(weight.Name), (_, _) => [new MemoryPart("gradients", bytes)])
        {
            Accumulates = parameter => names.Contains(parameter.Name),
        };
    }

    /// <summary>A trained parameter's gradient, in its shape.</summary>
    public Matrix<T> this[ParameterSpecification parameter] => _gradients[parameter.Name];

    /// <summary>Sets every gradient to zero.</summary>
    public void Clear()
    {
        foreach (var gradient in _gradients.Values)
            _device.Clear(gradient);
    }

    /// <summary>The Euclidean norm of all gradients together; summed in double, whatever the element type.</summary>
    public double Norm()
    {
        var squares = _gradients.Values.Select(gradient => _device.DotRows(gradient, gradient)).ToList();
        return Math.Sqrt(squares.Sum(rows => rows.Wait().Sum()));
    }

    /// <summary>
    /// Shortens the gradients to a norm where theirs is longer, as <c>torch.nn.utils.clip_grad_norm_</c> does:
    /// all of them are multiplied by limit / (norm + 10⁻⁶) where that is below 1.
    /// </summary>
    /// <param name="norm">Their norm.</param>
    /// <param name="limit">The longest that is left alone.</param>
    public void Clip(double norm, double limit)
    {
        var factor = limit / (norm + 1e-6);
        if (factor >= 1)
            return;
        foreach (var gradient in _gradients.Values)
            _device.Scale(gradient, factor);
    }

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _gradients.ContainsKey(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => _gradients.TryGetValue(parameter.Name, out var gradient) ? gradient : null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        foreach (var output in gradient.Outputs)
        {
            // A tied head's weight is the embedding's, so its share lands in the embedding's gradient by itself.
            if (_gradients.TryGetValue(output.Linear.Weight.Name, out var sum))
                _device.Multiply(output.Delta, true, gradient.Input, false, sum, beta: 1);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var memory in _owned)
            memory.Dispose();
        _gradients.Clear();
    }
}
