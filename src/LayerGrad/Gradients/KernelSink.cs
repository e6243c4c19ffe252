using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>Keeps the factors of every example's gradients, for the inner products between examples.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class KernelSink<T> : IGradientSink<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The elements that may wait on the host for the end of their batch: enough for a device to run ahead, and little beside
    /// the factors, which may lie on disk because there is no room for them.
    /// </summary>
    private const long MostPendingElements = 1L << 24;

    /// <summary>The number of an example of which nothing is kept.</summary>
    public const int NotKept = -1;

    private readonly Device<T> _device;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly FactorStore<T> _store;
    private readonly Dictionary<string, List<int>> _weightsOf;
    private readonly int[] _inputOf;
    private readonly List<Pending> _pending = [];
    private IReadOnlyList<int> _examples = [];
    private long _pendingElements;

    /// <summary>A sink for some weights.</summary>
    /// <param name="device">Where the gradients are.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="store">Where the factors go.</param>
    public KernelSink(Device<T> device, IReadOnlyList<SelectedWeight> weights, FactorStore<T> store)
    {
        _device = device;
        _weights = weights;
        _store = store;
        _inputOf = [.. weights.Select((_, i) => weights.Count + i)];
        _weightsOf = SelectedWeight.PlacesByLayer(weights);
    }

    /// <summary>What such a sink will ask for and take: the factors on their way to the store; what that keeps is the store's.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="weights">The weights.</param>
    public static PlannedSink Planned(DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights)
    {
        var outputs = weights.GroupBy(weight => weight.Linear.Weight.Name).ToDictionary(group => group.Key, group => group.Sum(weight => (long)weight.Outputs), StringComparer.Ordinal);
        var widest = specification.Groups.Where(group => group.Linears.Any(linear => outputs.ContainsKey(linear.Weight.Name)))
            .Max(group => group.Linears[0].Inputs + group.Linears.Sum(linear => outputs.GetValueOrDefault(linear.Weight.Name)));
        return PlannedSink.For(outputs.Keys, (tokens, _) => [new MemoryPart("factors on their way", (MostPendingElements + tokens * widest) * Unsafe.SizeOf<T>())]);
    }

    /// <summary>How many weights there are.</summary>
    public int Weights => _weights.Count;

    /// <summary>The factor of the store that holds a weight's Δ.</summary>
    /// <param name="weight">The weight's place.</param>
    public static int DeltaOf(int weight) => weight;

    /// <summary>The factor of the store that holds a weight's X; the same for weights that read one input.</summary>
    /// <param name="weight">The weight's place.</param>
    public int InputOf(int weight) => _inputOf[weight];

    /// <summary>Says under which numbers the next batch's examples are kept.</summary>
    /// <param name="numbers">A number for each example of the batch; <see cref="NotKept"/> for one of which nothing is kept.</param>
    public void Expect(IReadOnlyList<int> numbers) => _examples = numbers;

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _weightsOf.ContainsKey(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
        _pending.Clear();
        _pendingElements = 0;
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        var wanted = gradient.Outputs
            .SelectMany(output => _weightsOf.GetValueOrDefault(output.Linear.Weight.Name, []).Select(weight => (Weight: weight, output.Delta))).ToList();
        if (wanted.Count == 0)
            return;
        var input = _weights.Count + wanted[0].Weight;
        foreach (var (weight, _) in wanted)
            _inputOf[weight] = input;
        foreach (var segment in gradient.Segments)
        {
            var example = _examples[segment.Example];
            if (example == NotKept)
                continue;
            Keep(input, example, null, gradient.Input.RowRange(segment.Start, segment.Length));
            foreach (var (weight, delta) in wanted)
                Keep(DeltaOf(weight), example, _weights[weight].Part, delta.RowRange(segment.Start, segment.Length));
        }

        if (_pendingElements > MostPendingElements)
            Store();
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
        Store();
        for (var i = 0; i < losses.Count; i++)
        {
            if (!double.IsFinite(losses[i]) && _examples[i] != NotKept)
                _store.Remove(_examples[i]);
        }
    }

    /// <summary>Asks for a factor: whole, or the columns of a part of a fused weight, of which each group is read by itself.</summary>
    private void Keep(int factor, int example, FusedPart? part, Matrix<T> matrix)
    {
        var groups = new DeviceResult<T[]>[part?.Groups ?? 1];
        for (var group = 0; group < groups.Length; group++)
            groups[group] = _device.Read(part is null ? matrix : matrix.ColumnRange(part.Start + group * part.Spacing, part.Size));
        _pending.Add(new Pending(factor, example, matrix.Rows, groups));
        _pendingElements += matrix.Rows * (long)(part?.Outputs ?? matrix.Columns);
    }

    /// <summary>Waits for what was asked for, and hands it to the store.</summary>
    private void Store()
    {
        foreach (var (factor, example, rows, groups) in _pending)
            _store.Add(factor, example, groups.Length == 1 ? groups[0].Wait() : SideBySide(rows, Array.ConvertAll(groups, group => group.Wait())));
        _pending.Clear();
        _pendingElements = 0;
    }

    /// <summary>The columns of interleaving groups side by side.</summary>
    private static T[] SideBySide(int rows, T[][] groups)
    {
        var columns = groups[0].Length / rows;
        var values = new T[(long)groups[0].Length * groups.Length];
        for (var group = 0; group < groups.Length; group++)
        {
            for (var row = 0; row < rows; row++)
                groups[group].AsSpan(row * columns, columns).CopyTo(values.AsSpan((row * groups.Length + group) * columns));
        }

        return values;
    }

    /// <summary>A factor that the device was asked for, in groups of columns.</summary>
    private readonly record struct Pending(int Factor, int Example, int Rows, DeviceResult<T[]>[] Groups);
}
