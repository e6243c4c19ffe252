using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Gradients.Adapters;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Kernels;

/// <summary>
/// What a kernel does with an example whose numbers come to the edge of its element type: the factors are computed again in
/// float64, one example at a time, and kept scaled. Nothing is loaded before the first such example.
/// </summary>
/// <typeparam name="T">The element type of the kernel's factors.</typeparam>
internal sealed class KernelEdge<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LoadedModel _model;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly MeasureRunOptions _options;
    private readonly long _memory;
    private readonly FactorStore<T> _store;
    private readonly ScalingFactorStore<T> _scaled;
    private Device<double>? _device;
    private Decoder<double>? _decoder;
    private KernelSink<double>? _sink;
    private FactorRangeSink<double>? _ranges;
    private AdapterFactors<double>? _factors;
    private bool _tried;

    /// <summary>Remembers what to load.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">The weights of the kernel.</param>
    /// <param name="options">On what to compute.</param>
    /// <param name="memory">The bytes that float64 may take.</param>
    /// <param name="store">Where the factors go; not disposed with this.</param>
    public KernelEdge(
        LoadedModel model, IReadOnlyList<SelectedWeight> weights, MeasureRunOptions options, long memory, FactorStore<T> store)
    {
        (_model, _weights, _options, _memory, _store) = (model, weights, options, memory, store);
        _scaled = new ScalingFactorStore<T>(store);
    }

    /// <summary>The power of two by which an inner product with an example's gradient is to be multiplied.</summary>
    /// <param name="input">The factor that holds X.</param>
    /// <param name="delta">The factor that holds Δ.</param>
    /// <param name="example">The example's number.</param>
    public int Exponent(int input, int delta, int example) => _scaled.Exponent(input, example) + _scaled.Exponent(delta, example);

    /// <summary>Puts an example's factors, from float64, in the place of those that there are.</summary>
    /// <param name="number">The example's number.</param>
    /// <param name="example">The example.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <returns>Why the example has none and is to be skipped; null where it has.</returns>
    public string? Measure(int number, TokenizedExample example, CancellationToken cancel)
    {
        _store.Remove(number);
        if (!Open())
            return "its gradients leave the range of float32, and --memory holds no float64 beside it";
        _sink!.Expect([number]);
        var batch = new PackedBatch([example.Packed]);
        var result = _decoder!.Backward(batch, AdapterSink<double>.Over(_device!, _factors, new SinkGroup<double>([_sink, _ranges!])), cancel: cancel);
        if (!double.IsFinite(result.Losses[0]))
            return EdgeOfRange.WhyNotFinite(_model);
        return _weights.Select(weight => (weight.Name, Reason: _ranges!.Unresolved(0, weight.Linear.Weight.Name))).FirstOrDefault(weight => weight.Reason is not null) is ({ } name, { } reason)
            ? $"{reason} in the gradient of {name}"
            : null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _factors?.Dispose();
        _decoder?.Dispose();
        _device?.Dispose();
    }

    private bool Open()
    {
        if (!_tried && WiderPlan.TryCreate(_model.Specification, _options, AdapterSink<double>.Planned(KernelSink<double>.Planned(_model.Specification, _weights), _model.Specification), _memory) is { } plan)
        {
            var specification = _model.Specification;
            _device = DeviceFactory.Create<double>(_options.Machine);
            _decoder = new Decoder<double>(_device, specification, new WeightStore<double>(_device, specification, _model.Parameters<double>(), plan), plan.KeptLayers);
            _sink = new KernelSink<double>(_device, _weights, _scaled);
            _ranges = new FactorRangeSink<double>(_device, everyWeight: true);
            _factors = AdapterSink<double>.FactorsFor(_device, specification, _sink);
        }

        _tried = true;
        return _decoder is not null;
    }
}
