using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>Computes the statistics of each example's weight gradients from their factors.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class StatisticsSink<T> : IGradientSink<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly Dictionary<string, List<int>> _weightsOf;
    private readonly List<Pending> _pending = [];
    private GradientStatistics?[][] _statistics = [];

    /// <summary>A sink for some weights.</summary>
    /// <param name="device">Where the gradients are.</param>
    /// <param name="weights">The weights.</param>
    public StatisticsSink(Device<T> device, IReadOnlyList<SelectedWeight> weights)
    {
        _device = device;
        _weights = weights;
        _weightsOf = SelectedWeight.PlacesByLayer(weights);
    }

    /// <summary>What such a sink will ask for and take.</summary>
    /// <param name="weights">The weights.</param>
    public static PlannedSink Planned(IReadOnlyList<SelectedWeight> weights)
    {
        // The interleaving parts of one fused weight are copied apart, those of one input at a time.
        var gathered = weights.Where(weight => weight.Part is { Groups: > 1 }).GroupBy(weight => weight.Linear.Weight.Name)
            .Select(parts => parts.Sum(part => (long)part.Outputs)).DefaultIfEmpty(0).Max();
        return PlannedSink.For(
            weights.Select(weight => weight.Linear.Weight.Name),
            (tokens, _) => gathered == 0 ? [] : [new MemoryPart("parts of fused weights", gathered * tokens * Unsafe.SizeOf<T>())]) with
        {
            Summarized = [.. weights.Select(weight => (weight.Inputs, weight.Outputs)).Distinct()],
        };
    }

    /// <summary>The statistics of an example of the last batch, a weight each.</summary>
    /// <param name="example">The example's place in the batch.</param>
    public IReadOnlyList<GradientStatistics> Of(int example) => [.. _weights.Select((_, i) => Of(example, i))];

    /// <summary>The statistics of an example of the last batch; a zero gradient for what the backward never reached.</summary>
    /// <param name="example">The example's place in the batch.</param>
    /// <param name="weight">The weight's place among those of the sink.</param>
    public GradientStatistics Of(int example, int weight) =>
        _statistics[example][weight] ?? GradientStatistics.Zero(_weights[weight].Outputs, _weights[weight].Inputs);

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _weightsOf.ContainsKey(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
        _pending.Clear();
        _statistics = [.. Enumerable.Range(0, examples).Select(_ => new GradientStatistics?[_weights.Count])];
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        var (whole, parts) = (new List<(int Weight, Matrix<T> Delta)>(), new List<(int Weight, Matrix<T> Delta)>());
        using var gathered = GatherParts(gradient, parts);
        foreach (var output in gradient.Outputs)
        {
            if (!_weightsOf.TryGetValue(output.Linear.Weight.Name, out var indices))
                continue;
            foreach (var index in indices.Where(index => _weights[index].Part is null))
                whole.Add((index, output.Delta));
        }

        var all = whole.Concat(parts).ToList();
        if (all.Count == 0)
            return;
        var factors = gradient.Segments.Select(segment => new GradientFactors<T>(
            gradient.Input.RowRange(segment.Start, segment.Length), all.ConvertAll(item => item.Delta.RowRange(segment.Start, segment.Length)))).ToList();
        _pending.Add(new Pending(_device.Summarize(factors), gradient.Segments, all.ConvertAll(item => item.Weight)));
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
        foreach (var (result, segments, weights) in _pending)
        {
            var summaries = result.Wait();
            for (var i = 0; i < segments.Count; i++)
            {
                // An example whose loss is not finite has no gradient to speak of.
                if (!double.IsFinite(losses[segments[i].Example]))
                    continue;
                for (var j = 0; j < weights.Count; j++)
                {
                    var weight = _weights[weights[j]];
                    _statistics[segments[i].Example][weights[j]] = GradientStatistics.Create(summaries[i][j], weight.Outputs, weight.Inputs);
                }
            }
        }

        _pending.Clear();
    }

    /// <summary>Copies the columns of fused weights' parts together where they interleave; elsewhere a part is a range of columns.</summary>
    private DeviceMemory<T>? GatherParts(LinearGradient<T> gradient, List<(int Weight, Matrix<T> Delta)> parts)
    {
        var scattered = new List<(int Weight, FusedPart Part, Matrix<T> Delta)>();
        foreach (var output in gradient.Outputs)
        {
            foreach (var index in _weightsOf.GetValueOrDefault(output.Linear.Weight.Name) ?? [])
            {
                if (_weights[index].Part is not { } part)
                    continue;
                if (part.Groups == 1)
                    parts.Add((index, output.Delta.ColumnRange(part.Start, part.Size)));
                else
                    scattered.Add((index, part, output.Delta));
            }
        }

        if (scattered.Count == 0)
            return null;
        var memory = _device.Allocate(scattered.Sum(item => (long)item.Part.Outputs * item.Delta.Rows));
        long offset = 0;
        foreach (var (index, part, delta) in scattered)
        {
            var matrix = memory.AsMatrix(delta.Rows, part.Outputs, offset);
            CopyGroups(part, delta, matrix);
            parts.Add((index, matrix));
            offset += matrix.Count;
        }

        return memory;
    }

    /// <summary>Groups that fill rows without a gap are rows by themselves, and their parts copied in one; gates and ups may alternate thousands of times.</summary>
    private void CopyGroups(FusedPart part, Matrix<T> delta, Matrix<T> destination)
    {
        if (delta.Stride == delta.Columns && delta.Columns == part.Groups * part.Spacing)
        {
            _device.Copy(delta.SplitRows(part.Groups).ColumnRange(part.Start, part.Size), destination.SplitRows(part.Groups));
            return;
        }

        for (var group = 0; group < part.Groups; group++)
            _device.Copy(delta.ColumnRange(part.Start + group * part.Spacing, part.Size), destination.ColumnRange(group * part.Size, part.Size));
    }

    /// <summary>Summaries that the device was asked for, of some examples (segments) and some of the weights.</summary>
    private readonly record struct Pending(DeviceResult<GradientSummary[][]> Result, IReadOnlyList<Segment> Segments, IReadOnlyList<int> Weights);
}
