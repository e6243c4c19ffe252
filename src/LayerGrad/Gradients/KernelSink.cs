using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>Keeps the factors of every example's gradients, for the inner products between examples.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class KernelSink<T> : IGradientSink<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly FactorStore<T> _store;
    private readonly Dictionary<string, List<int>> _weightsOf = [];
    private readonly int[] _inputOf;
    private IReadOnlyList<int> _examples = [];
    private IReadOnlyList<double> _losses = [];

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
        for (var i = 0; i < weights.Count; i++)
        {
            var name = weights[i].Linear.Weight.Name;
            if (!_weightsOf.TryGetValue(name, out var indices))
                _weightsOf[name] = indices = [];
            indices.Add(i);
        }
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
    /// <param name="numbers">A number for each example of the batch.</param>
    public void Expect(IReadOnlyList<int> numbers) => _examples = numbers;

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _weightsOf.ContainsKey(weight.Name);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(IReadOnlyList<double> losses) => _losses = losses;

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
        foreach (var segment in gradient.Segments.Where(segment => double.IsFinite(_losses[segment.Example])))
        {
            var example = _examples[segment.Example];
            _store.Add(input, example, Download(gradient.Input.RowRange(segment.Start, segment.Length)));
            foreach (var (weight, delta) in wanted)
                _store.Add(DeltaOf(weight), example, Part(_weights[weight].Part, delta.RowRange(segment.Start, segment.Length)));
        }
    }

    private T[] Download(Matrix<T> matrix)
    {
        var values = new T[matrix.Count];
        _device.Download(matrix, values);
        return values;
    }

    /// <summary>The columns of a part of a fused weight, those of interleaving groups side by side.</summary>
    private T[] Part(FusedPart? part, Matrix<T> delta)
    {
        if (part is null)
            return Download(delta);
        if (part.Groups == 1)
            return Download(delta.ColumnRange(part.Start, part.Size));
        var values = new T[(long)delta.Rows * part.Outputs];
        for (var group = 0; group < part.Groups; group++)
        {
            var columns = Download(delta.ColumnRange(part.Start + group * part.Spacing, part.Size));
            for (var row = 0; row < delta.Rows; row++)
                columns.AsSpan(row * part.Size, part.Size).CopyTo(values.AsSpan(row * part.Outputs + group * part.Size));
        }

        return values;
    }
}
