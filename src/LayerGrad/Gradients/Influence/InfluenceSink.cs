using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients.Influence;

/// <summary>
/// The inner product of each example's gradient G = Δᵀ X with a matrix Q of its shape, and ‖G‖², for each weight, from the factors:
/// <code>
/// ⟨G, Q⟩ = Σₜ δₜ · (Q xₜ),   ‖G‖² = Σₜ δₜ · (X Xᵀ Δ)ₜ
/// </code>
/// The first takes as much as a forward pass through the weight; of an example with so many tokens that it is cheaper, G is formed for the second.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class InfluenceSink<T> : IGradientSink<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly GradientSum<T> _query;
    private readonly Dictionary<string, int> _places;
    private readonly List<Pending> _products = [];
    private readonly List<(int Example, int Weight, DeviceResult<double[]> Squares)> _squares = [];
    private DeviceMemory<T>? _memory;
    private double[][] _inner = [];
    private double[][] _squaredNorms = [];

    /// <summary>A sink for some weights.</summary>
    /// <param name="device">Where the gradients are.</param>
    /// <param name="weights">The weights, whole ones.</param>
    /// <param name="query">Q of each; not disposed with this.</param>
    public InfluenceSink(Device<T> device, IReadOnlyList<SelectedWeight> weights, GradientSum<T> query)
    {
        (_device, _query) = (device, query);
        _places = weights.Select((weight, place) => (weight.Name, Place: place)).ToDictionary(entry => entry.Name, entry => entry.Place, StringComparer.Ordinal);
    }

    /// <summary>What such a sink will ask for and take.</summary>
    /// <param name="weights">The weights, whole ones.</param>
    public static PlannedSink Planned(IReadOnlyList<SelectedWeight> weights) => PlannedSink.For(
        weights.Select(weight => weight.Name),
        (tokens, longest) => [new MemoryPart("products with the query", weights.Max(weight => Math.Max((long)tokens * weight.Outputs, NormElements(longest, weight.Outputs, weight.Inputs))) * Unsafe.SizeOf<T>())]);

    /// <summary>⟨G, Q⟩ of an example of the last batch, a weight each; 0 where none of its tokens reached the weight.</summary>
    /// <param name="example">The example's place in the batch.</param>
    public IReadOnlyList<double> InnerProducts(int example) => _inner[example];

    /// <summary>‖G‖² of an example of the last batch, a weight each.</summary>
    /// <param name="example">The example's place in the batch.</param>
    public IReadOnlyList<double> SquaredNorms(int example) => _squaredNorms[example];

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _places.ContainsKey(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
        _products.Clear();
        _squares.Clear();
        _inner = [.. Enumerable.Range(0, examples).Select(_ => new double[_places.Count])];
        _squaredNorms = [.. Enumerable.Range(0, examples).Select(_ => new double[_places.Count])];
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        foreach (var output in gradient.Outputs)
        {
            if (!_places.TryGetValue(output.Linear.Weight.Name, out var place))
                continue;
            var through = _device.Reserve(ref _memory, (long)gradient.Input.Rows * output.Delta.Columns).AsMatrix(gradient.Input.Rows, output.Delta.Columns);
            _device.Multiply(gradient.Input, false, _query.Of(output.Linear.Weight.Name), true, through);
            _products.Add(new Pending(place, gradient.Segments, _device.DotRows(output.Delta, through)));
            foreach (var segment in gradient.Segments)
                _squares.Add((segment.Example, place, Squares(gradient.Input.RowRange(segment.Start, segment.Length), output.Delta.RowRange(segment.Start, segment.Length))));
        }
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
        foreach (var (place, segments, products) in _products)
        {
            var rows = products.Wait();
            foreach (var segment in segments)
            {
                foreach (var product in rows.AsSpan(segment.Start, segment.Length))
                    _inner[segment.Example][place] += product;
            }
        }

        foreach (var (example, place, squares) in _squares)
            _squaredNorms[example][place] += squares.Wait().Sum();
        _products.Clear();
        _squares.Clear();
    }

    /// <inheritdoc />
    public void Dispose() => _memory?.Dispose();

    /// <summary>Numbers that add up to the squared norm of one example's gradient.</summary>
    private DeviceResult<double[]> Squares(Matrix<T> input, Matrix<T> delta)
    {
        var memory = _device.Reserve(ref _memory, NormElements(input.Rows, delta.Columns, input.Columns));
        if (!TakesKernel(input.Rows, delta.Columns, input.Columns))
        {
            var formed = memory.AsMatrix(delta.Columns, input.Columns);
            _device.Multiply(delta, true, input, false, formed);
            return _device.DotRows(formed, formed);
        }

        var kernel = memory.AsMatrix(input.Rows, input.Rows);
        var product = memory.AsMatrix(delta.Rows, delta.Columns, kernel.Count);
        _device.Multiply(input, false, input, true, kernel);
        _device.Multiply(kernel, false, delta, false, product);
        return _device.DotRows(delta, product);
    }

    /// <summary>Whether X Xᵀ and its product with Δ take fewer operations than Δᵀ X.</summary>
    private static bool TakesKernel(int rows, int outputs, int inputs) => (double)rows * (inputs + outputs) <= (double)inputs * outputs;

    private static long NormElements(int rows, int outputs, int inputs) =>
        TakesKernel(rows, outputs, inputs) ? ((long)rows * rows) + ((long)rows * outputs) : (long)inputs * outputs;

    /// <summary>Row products that the device was asked for.</summary>
    private readonly record struct Pending(int Weight, IReadOnlyList<Segment> Segments, DeviceResult<double[]> Products);
}
