using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>Keeps the factors of the last batch's gradients on the host, for a program that asks for them.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class KeptGradients<T> : IGradientSink<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, int> _places;
    private readonly ArrayFactorStore<T> _store = new();
    private readonly KernelSink<T> _sink;
    private int _examples;

    /// <summary>A sink for some weights.</summary>
    /// <param name="device">Where the gradients are.</param>
    /// <param name="weights">The weights.</param>
    public KeptGradients(Device<T> device, IReadOnlyList<SelectedWeight> weights)
    {
        _places = Enumerable.Range(0, weights.Count).ToDictionary(place => weights[place].Name, StringComparer.Ordinal);
        _sink = new KernelSink<T>(device, weights, _store);
    }

    /// <summary>What such a sink will ask for and take: the factors on their way, and those of a batch.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="weights">The weights.</param>
    public static PlannedSink Planned(DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights)
    {
        var elements = weights.Sum(weight => (long)weight.Outputs + weight.Inputs);
        var onTheirWay = KernelSink<T>.Planned(specification, weights);
        return onTheirWay with
        {
            Memory = (tokens, longest) => [.. onTheirWay.Memory(tokens, longest), new MemoryPart("factors that are kept", tokens * elements * Unsafe.SizeOf<T>())],
        };
    }

    /// <summary>The factors of an example of the last batch; null where they are not kept of this weight.</summary>
    /// <param name="example">The example's place in the batch.</param>
    /// <param name="weight">The weight.</param>
    public GradientFactors? Of(int example, SelectedWeight weight)
    {
        if (!_places.TryGetValue(weight.Name, out var place))
            return null;
        return new GradientFactors(_store.Find(_sink.InputOf(place), example), _store.Find(KernelSink<T>.DeltaOf(place), example), weight.Inputs, weight.Outputs);
    }

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _sink.Wants(weight);

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
        // What was handed out of the last batch belongs to whoever has it.
        for (var example = 0; example < _examples; example++)
            _store.Remove(example);
        _examples = examples;
        _sink.Expect([.. Enumerable.Range(0, examples)]);
        _sink.Begin(examples);
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient) => _sink.Linear(gradient);

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses) => _sink.End(losses);

    /// <inheritdoc />
    public void Dispose() => _store.Dispose();
}
