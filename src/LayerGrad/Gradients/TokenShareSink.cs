using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>
/// How much of a weight's gradient G = Σₜ δₜ xₜᵀ comes through each token: ⟨δₜ xₜᵀ, G⟩ / ‖G‖², which sums to 1 over the
/// tokens. From the factors, with K = X Xᵀ: ⟨δₜ xₜᵀ, G⟩ = δₜ · (K Δ)ₜ, so G is never formed.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class TokenShareSink<T> : IGradientSink<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly Dictionary<string, int> _indexOf;
    private DeviceMemory<T>? _memory;
    private readonly List<(int Example, int Weight, DeviceResult<double[]> Products)> _pending = [];
    private double[]?[][] _shares = [];

    /// <summary>A sink for some weights.</summary>
    /// <param name="device">Where the gradients are.</param>
    /// <param name="weights">The weights, checked by <see cref="RequireEveryToken"/>.</param>
    public TokenShareSink(Device<T> device, IReadOnlyList<SelectedWeight> weights)
    {
        _device = device;
        _indexOf = weights.Select((weight, i) => (weight.Name, i)).ToDictionary(entry => entry.Name, entry => entry.i, StringComparer.Ordinal);
    }

    /// <summary>What such a sink will ask for and take.</summary>
    /// <param name="weights">The weights.</param>
    public static PlannedSink Planned(IReadOnlyList<SelectedWeight> weights)
    {
        var columns = weights.Max(weight => weight.Outputs);
        return PlannedSink.For(
            weights.Select(weight => weight.Name), (_, longest) => [new MemoryPart("token shares", Elements(longest, columns) * Unsafe.SizeOf<T>())]);
    }

    /// <summary>Checks that every token passes every weight: whole weights of attention and of dense feed-forward.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="decoder">The model that they belong to.</param>
    /// <exception cref="InputException">One is an expert's, or the head's, which only some tokens pass.</exception>
    public static void RequireEveryToken(IReadOnlyList<SelectedWeight> weights, DecoderSpecification decoder)
    {
        var passed = decoder.Layers.SelectMany(layer => layer.Parts).Where(part => part.Groups.All(group => group.Share == 1)).SelectMany(part => part.Linears)
            .Select(linear => linear.Weight.Name).ToHashSet(StringComparer.Ordinal);
        passed.UnionWith(decoder.Adapters.Where(adapter => passed.Contains(adapter.Weight)).SelectMany(adapter => new[] { adapter.A.Weight.Name, adapter.B.Weight.Name }).ToList());
        if (weights.FirstOrDefault(weight => weight.Part is not null || !passed.Contains(weight.Name)) is { } other)
            throw new InputException($"--tokens: not every token passes {other.Name}, or it has no factors for each, so its gradient has no share for each; choose others with --weights, such as attention");
    }

    /// <summary>The shares of an example of the last batch: for each weight a value a token; all 0 where the gradient is zero.</summary>
    /// <param name="example">The example's place in the batch.</param>
    /// <param name="weight">The weight's place among those of the sink.</param>
    public double[] Of(int example, int weight) => _shares[example][weight]
        ?? throw new InvalidOperationException("the backward pass never reached this weight");

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _indexOf.ContainsKey(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
        _pending.Clear();
        _shares = [.. Enumerable.Range(0, examples).Select(_ => new double[]?[_indexOf.Count])];
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        var wanted = gradient.Outputs.Where(output => _indexOf.ContainsKey(output.Linear.Weight.Name)).ToList();
        if (wanted.Count == 0)
            return;
        foreach (var segment in gradient.Segments)
        {
            var (kernel, product) = Reserve(segment.Length, wanted.Max(output => output.Delta.Columns));
            var input = gradient.Input.RowRange(segment.Start, segment.Length);
            _device.Multiply(input, false, input, true, kernel);
            foreach (var output in wanted)
            {
                var delta = output.Delta.RowRange(segment.Start, segment.Length);
                var through = product.ColumnRange(0, delta.Columns);
                _device.Multiply(kernel, false, delta, false, through);
                _pending.Add((segment.Example, _indexOf[output.Linear.Weight.Name], _device.DotRows(delta, through)));
            }
        }
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
        foreach (var (example, weight, products) in _pending)
        {
            if (double.IsFinite(losses[example]))
                _shares[example][weight] = Normalize(products.Wait());
        }

        _pending.Clear();
    }

    /// <inheritdoc />
    public void Dispose() => _memory?.Dispose();

    /// <summary>Σₜ ⟨δₜ xₜᵀ, G⟩ = ‖G‖².</summary>
    private static double[] Normalize(double[] values)
    {
        var squaredNorm = values.Sum();
        if (squaredNorm > 0)
        {
            for (var t = 0; t < values.Length; t++)
                values[t] /= squaredNorm;
        }

        return values;
    }

    private (Matrix<T> Kernel, Matrix<T> Product) Reserve(int tokens, int columns)
    {
        if (_memory is null || _memory.Length < Elements(tokens, columns))
        {
            _memory?.Dispose();
            _memory = _device.Allocate(Elements(tokens, columns));
        }

        return (_memory.AsMatrix(tokens, tokens), _memory.AsMatrix(tokens, columns, (long)tokens * tokens));
    }

    /// <summary>The kernel of an example's inputs, and its product with the widest Δ.</summary>
    private static long Elements(int tokens, int columns) => (long)tokens * tokens + (long)tokens * columns;
}
