using System.Diagnostics;
using LayerGrad.Bench.Headline;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Bench.Gpu;

/// <summary>A shape with made-up weights on a device, ready for windows of one size.</summary>
internal sealed class SpeedRun : IDisposable
{
    private const int LeastRepeats = 2;
    private const int MostRepeats = 5;
    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(20);

    private readonly Device<float> _device;
    private readonly Decoder<float> _decoder;
    private readonly DecoderSpecification _specification;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly PackedBatch _batch;

    /// <summary>Loads the weights.</summary>
    /// <param name="shape">The model's shape.</param>
    /// <param name="machine">The device and its budget.</param>
    /// <param name="examples">Examples of a window.</param>
    /// <param name="tokens">Tokens of an example.</param>
    public SpeedRun(ModelShape shape, DeviceOptions machine, int examples, int tokens)
    {
        _specification = shape.Describe();
        _weights = WeightSelector.Parse(_specification, "attention", splitFused: false);
        var source = new NarrowWeights();
        var sizes = new MemorySizes<float>(_specification, tokens, DeviceFactory.Sizes<float>(machine), StatisticsSink<float>.Planned(_weights), source: source);
        Plan = MemoryPlan.Create(sizes, machine.MemoryBudget, tokenBudget: examples * tokens);
        _device = DeviceFactory.Create<float>(machine);
        _decoder = new Decoder<float>(_device, _specification, new WeightStore<float>(_device, _specification, source, Plan), Plan.KeptLayers);
        var ids = SyntheticWeights.Tokens(examples * tokens, _specification.VocabularySize);
        _batch = new PackedBatch([.. ids.Chunk(tokens).Select(example => (example, tokens / 2))]);
        Operations = shape.Operations(examples * tokens, examples * (tokens - tokens / 2));
    }

    /// <summary>How the model is held in memory.</summary>
    public MemoryPlan Plan { get; }

    /// <summary>The operations of forward and backward, 4 · P · T, with the head on the tokens of the response alone.</summary>
    public double Operations { get; }

    /// <summary>The device's description.</summary>
    public string Device => _device.Description;

    /// <summary>The most bytes of matrices and work space at a time.</summary>
    public long Peak => _device.Peak;

    /// <summary>Seconds of a window with statistics and exact spectra, the best of some.</summary>
    public double WithSpectra() => Best(new StatisticsSink<float>(_device, _weights));

    /// <summary>Seconds of forward and backward alone.</summary>
    public double BackwardOnly() => Best(new BackwardOnlySink(_weights));

    /// <summary>Operations a second of this shape's largest products with weights, forward and backward, in the precision of the run.</summary>
    public double ProductRate()
    {
        var weight = _specification.Layers[0].FeedForward!.Linears.First().Weight;
        var rows = Math.Max(_batch.Tokens, 64);
        using var parameters = _device.AllocateParameters(weight.Count, ParameterStorage.BFloat16);
        using var memory = _device.Allocate((long)rows * (weight.Rows + weight.Columns));
        var (w, x, y) = (parameters.AsParameter(weight.Rows, weight.Columns), memory.AsMatrix(rows, weight.Columns), memory.AsMatrix(rows, weight.Rows, (long)rows * weight.Columns));
        _device.LoadParameter(w, (start, values) => new NarrowWeights().Read(weight, start, values));
        _device.Clear(memory.AsMatrix(rows, weight.Rows + weight.Columns));
        var seconds = Best(() =>
        {
            _device.Multiply(x, w, true, y);
            _device.Multiply(y, w, false, x);
        });
        return 4.0 * rows * weight.Count / seconds;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _decoder.Dispose();
        _device.Dispose();
    }

    private double Best(IGradientSink<float> sink) => Best(() =>
    {
        var losses = _decoder.Backward(_batch, sink).Losses;
        if (!losses.All(double.IsFinite))
            throw new InvalidOperationException("a loss is not finite");
    });

    /// <summary>The first time makes room and compiles.</summary>
    private double Best(Action action)
    {
        action();
        _device.Synchronize();
        var (best, all) = (double.PositiveInfinity, Stopwatch.StartNew());
        for (var i = 0; i < LeastRepeats || (i < MostRepeats && all.Elapsed < s_enough); i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            _device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
