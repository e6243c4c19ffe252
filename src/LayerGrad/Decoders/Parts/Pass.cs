using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What all parts of a decoder share while a packed batch passes through it.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Device">Where it is computed.</param>
/// <param name="Weights">The weights.</param>
/// <param name="Segments">The examples' rows.</param>
/// <param name="Workspace">Memory for what does not outlive a part.</param>
/// <param name="Rotary">The tables of angles.</param>
/// <param name="Sink">What receives the gradients; null in a forward pass alone.</param>
internal sealed record Pass<T>(
    Device<T> Device, WeightStore<T> Weights, IReadOnlyList<Segment> Segments, Workspace<T> Workspace, RotaryTables<T> Rotary, IGradientSink<T>? Sink)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<PositionScale, double[]> _factors = [];

    /// <summary>What layers hand to each other beside the residual stream.</summary>
    public SharedStreams<T> Shared { get; init; } = SharedStreams<T>.None;

    /// <summary>The number of tokens in the batch.</summary>
    public int Tokens => Segments.Count == 0 ? 0 : Segments[^1].End;

    /// <summary>For each example, the tokens and layers whose choice of experts could fall differently in another precision.</summary>
    public int[] NearTies { get; } = new int[Segments.Count == 0 ? 0 : Segments.Max(segment => segment.Example) + 1];

    /// <summary>What multiplies the queries of an example, position by position.</summary>
    /// <param name="scale">The rule.</param>
    /// <param name="length">The length of the example, in tokens.</param>
    public ReadOnlySpan<double> Factors(PositionScale scale, int length)
    {
        if (!_factors.TryGetValue(scale, out var factors) || factors.Length < length)
            _factors[scale] = factors = [.. Enumerable.Range(0, Segments.Max(segment => segment.Length)).Select(scale.At)];
        return factors.AsSpan(0, length);
    }

    /// <summary>Counts near-ties of a router.</summary>
    /// <param name="isNearTie">For each token of the batch.</param>
    public void CountNearTies(ReadOnlySpan<bool> isNearTie)
    {
        foreach (var segment in Segments)
            NearTies[segment.Example] += isNearTie.Slice(segment.Start, segment.Length).Count(true);
    }

    /// <summary>A parameter of one element, on the host.</summary>
    public double Number(ParameterSpecification parameter)
    {
        using var scope = Workspace.Begin();
        var value = scope.Take(1, 1);
        Device.Widen(Weights[parameter], value);
        return double.CreateTruncating(Device.Read(value).Wait()[0]);
    }

    /// <summary>The weight, or null where there is none.</summary>
    public Parameter<T>? Weight(ParameterSpecification? parameter) => parameter is null ? null : Weights[parameter];

    /// <summary>Where to add a parameter's gradient, or null where nobody wants it.</summary>
    public Matrix<T>? Accumulator(ParameterSpecification? parameter) => parameter is null ? null : Sink?.Accumulator(parameter);
}
