using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>
/// Watches whether the factors of the gradients come near the edges of the element type, so that no statistic is
/// taken from numbers that have vanished or overflowed.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="device">Where the gradients are.</param>
/// <param name="everyWeight">
/// Whether to ask for the factors of every linear layer, so that nothing on the way to a gradient goes unseen; else those are
/// watched that another sink asks for, which costs next to nothing.
/// </param>
internal sealed class FactorRangeSink<T>(Device<T> device, bool everyWeight) : IGradientSink<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Dictionary<string, FactorRange>[] _ranges = [];
    private readonly List<Pending> _pending = [];

    /// <summary>What such a sink will ask for where it asks for the factors of every linear layer.</summary>
    public static PlannedSink PlannedForEveryWeight { get; } = new(_ => true, (_, _) => []);

    /// <summary>
    /// Whether all factors of an example lie where the element type can be trusted with them. A factor that is zero counts as
    /// suspicious, except for an expert's Δ: in the last layer, an expert of tokens that predict nothing has no gradient.
    /// </summary>
    /// <param name="example">The example's place in the batch.</param>
    public bool IsOrdinary(int example)
    {
        var tokens = _ranges[example].Count == 0 ? 0 : _ranges[example].Values.Max(range => range.Rows);
        return _ranges[example].Values.All(range => range.Edge<T>() is null && (!range.HasZero || (range.SmallestInput > 0 && range.Rows < tokens)));
    }

    /// <summary>
    /// Why a weight's gradient cannot be had in this element type: <see cref="FactorRange.Underflow"/> or
    /// <see cref="FactorRange.Overflow"/>; null where it can. A factor that is zero counts as truly zero where every
    /// other factor of the example is far from the edge, as the product of two such numbers cannot vanish.
    /// </summary>
    /// <param name="example">The example's place in the batch.</param>
    /// <param name="weight">The name of the linear layer's weight.</param>
    public string? Unresolved(int example, string weight)
    {
        if (!_ranges[example].TryGetValue(weight, out var range))
            return null;
        return range.Edge<T>() ?? (range.HasZero ? _ranges[example].Values.Select(other => other.Edge<T>()).FirstOrDefault(edge => edge is not null) : null);
    }

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => everyWeight;

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
        _pending.Clear();
        _ranges = [.. Enumerable.Range(0, examples).Select(_ => new Dictionary<string, FactorRange>(StringComparer.Ordinal))];
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        var input = device.LargestMagnitudes(gradient.Input);
        var deltas = new (string Weight, DeviceResult<double[]> Magnitudes)[gradient.Outputs.Count];
        for (var i = 0; i < deltas.Length; i++)
            deltas[i] = (gradient.Outputs[i].Linear.Weight.Name, device.LargestMagnitudes(gradient.Outputs[i].Delta));
        _pending.Add(new Pending(input, deltas, gradient.Segments));
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
        foreach (var (input, deltas, segments) in _pending)
        {
            var rows = input.Wait();
            foreach (var segment in segments)
            {
                var (smallest, largest) = Extremes(rows.AsSpan(segment.Start, segment.Length));
                foreach (var (weight, magnitudes) in deltas)
                {
                    var delta = Extremes(magnitudes.Wait().AsSpan(segment.Start, segment.Length)).Largest;
                    _ranges[segment.Example][weight] = new FactorRange(segment.Length, smallest, largest, delta);
                }
            }
        }

        _pending.Clear();
    }

    /// <summary>Both are NaN where one is.</summary>
    private static (double Smallest, double Largest) Extremes(ReadOnlySpan<double> magnitudes)
    {
        var (smallest, largest) = (double.PositiveInfinity, 0.0);
        foreach (var magnitude in magnitudes)
            (smallest, largest) = (Math.Min(smallest, magnitude), Math.Max(largest, magnitude));
        return (smallest, largest);
    }

    /// <summary>The largest magnitudes of the rows of X and of each Δ, for which the device was asked.</summary>
    private readonly record struct Pending(
        DeviceResult<double[]> Input, (string Weight, DeviceResult<double[]> Magnitudes)[] Deltas, IReadOnlyList<Segment> Segments);
}
