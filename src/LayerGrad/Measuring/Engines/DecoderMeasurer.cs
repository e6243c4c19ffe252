using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Engines;

/// <summary>Measures packing windows with a decoder and a sink of statistics.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class DecoderMeasurer<T> : IExampleMeasurer
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly Decoder<T> _decoder;
    private readonly StatisticsSink<T> _statistics;
    private readonly TokenShareSink<T>? _shares;
    private readonly CosineSink<T>? _cosines;
    private readonly LayerCosineGroups? _cosineGroups;
    private readonly FactorRangeSink<T> _ranges;
    private readonly FactorRangeSink<T> _allRanges;
    private readonly SinkGroup<T> _sinks;
    private readonly SinkGroup<T> _sinksAtTheEdge;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly MeasureOptions _options;
    private readonly EdgeOfRange? _edge;

    private DecoderMeasurer(
        Device<T> device, Decoder<T> decoder, IReadOnlyList<SelectedWeight> weights, MemoryPlan plan, TimeEstimate? time, MeasureOptions options, EdgeOfRange? edge)
    {
        _device = device;
        _decoder = decoder;
        _weights = weights;
        _options = options;
        _edge = edge;
        _statistics = new StatisticsSink<T>(device, weights);
        _shares = options.Measurement.Tokens ? new TokenShareSink<T>(device, weights) : null;
        _cosines = options.Measurement.Cosine ? new CosineSink<T>(device, weights) : null;
        _cosineGroups = options.Measurement.Cosine ? new LayerCosineGroups(weights) : null;
        _ranges = new FactorRangeSink<T>(device, everyWeight: false);
        _allRanges = new FactorRangeSink<T>(device, everyWeight: true);
        IGradientSink<T>[] statisticsSinks = [.. new IGradientSink<T>?[] { _statistics, _shares, _cosines }.OfType<IGradientSink<T>>()];
        _sinks = new SinkGroup<T>([.. statisticsSinks, _ranges]);
        _sinksAtTheEdge = new SinkGroup<T>([.. statisticsSinks, _allRanges]);
        (Plan, Time) = (plan, time);
    }

    /// <summary>How the model is held in memory.</summary>
    public MemoryPlan Plan { get; }

    MemoryPlan? IExampleMeasurer.Plan => Plan;

    /// <inheritdoc />
    public TimeEstimate? Time { get; }

    /// <inheritdoc />
    public int TokenBudget => Plan.TokenBudget;

    /// <inheritdoc />
    public string Device => _device.Description;

    /// <inheritdoc />
    public IReadOnlyList<MeasuredWeight> Weights => [.. _weights.Select(weight => new MeasuredWeight(weight.Name, weight.Outputs, weight.Inputs))];

    /// <summary>Makes the engine of a run: a <see cref="MeasurerFactory"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <param name="tokenBudget">The token budget of a run that goes on.</param>
    public static DecoderMeasurer<T> Create(LoadedModel model, MeasureOptions options, int? tokenBudget)
    {
        var specification = model.Specification;
        var source = model.Parameters<T>(); // Shapes are checked before sizes are planned with.
        var selected = options.Measurement.SelectWeights(specification);
        if (options.Measurement.Tokens)
            TokenShareSink<T>.RequireEveryToken(selected, specification);
        return Create(model, options, selected, source, MakePlan(specification, selected, options, tokenBudget, source.StorageOf));
    }

    /// <summary>Makes an engine by a plan.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <param name="selected">The weights.</param>
    /// <param name="source">Its parameters in the checkpoint.</param>
    /// <param name="plan">How it is held in memory.</param>
    public static DecoderMeasurer<T> Create(
        LoadedModel model, MeasureOptions options, IReadOnlyList<SelectedWeight> selected, CheckpointParameters<T> source, MemoryPlan plan)
    {
        var specification = model.Specification;
        var device = DeviceFactory.Create<T>(options.Machine);
        try
        {
            var time = TimeEstimate.Create(device, specification, selected, plan);
            var store = new WeightStore<T>(device, specification, source, plan.ResidentLayers, plan.ResidentHead);
            var left = options.Machine.MemoryBudget - plan.Bytes;
            var atTheEdge = new EdgeOfRange(model, options, typeof(T) == typeof(float) ? left : null);
            return new DecoderMeasurer<T>(device, new Decoder<T>(device, specification, store, plan.KeptLayers), selected, plan, time, options, atTheEdge);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>About how long a run would take, without loading the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    public static TimeEstimate EstimateTime(LoadedModel model, MeasureOptions options)
    {
        var specification = model.Specification;
        var selected = options.Measurement.SelectWeights(specification);
        using var device = DeviceFactory.Create<T>(options.Machine);
        return TimeEstimate.Create(device, specification, selected, MakePlan(specification, selected, options, null, model.Parameters<T>().StorageOf));
    }

    /// <summary>Measures with a decoder that its owner changes between measurements; not to be disposed.</summary>
    /// <param name="device">Where the decoder is.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="plan">How it is held in memory.</param>
    /// <param name="options">What to measure.</param>
    public static DecoderMeasurer<T> Over(Device<T> device, Decoder<T> decoder, MemoryPlan plan, MeasureOptions options) =>
        new(device, decoder, options.Measurement.SelectWeights(decoder.Specification), plan, null, options, null);

    /// <inheritdoc />
    public IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel)
    {
        var (batch, result) = Backward(window, _sinks, cancel);
        var measured = new Measurement?[window.Count];
        for (var i = 0; i < measured.Length; i++)
        {
            if (double.IsFinite(result.Losses[i]) && _ranges.IsOrdinary(i))
                measured[i] = Measured(batch, result, i, [.. _weights.Select((_, j) => Statistics(i, j))]);
        }

        // These take the sinks once more, so they come when nothing of the window is left to be asked of them.
        return [.. window.Select((example, i) => measured[i] ?? MeasureAtTheEdge(example, cancel))];
    }

    /// <summary>
    /// Measures one example with an eye on everything that may have vanished or overflowed: what is at the edge of the element
    /// type is left unresolved.
    /// </summary>
    /// <param name="example">The example.</param>
    /// <param name="cancel">Gives it up.</param>
    internal Measurement MeasureAlone(TokenizedExample example, CancellationToken cancel)
    {
        var (batch, result) = Backward([example], _sinksAtTheEdge, cancel);
        if (!double.IsFinite(result.Losses[0]))
            return new Measurement(result.Losses[0], batch.Segments[0].Length, batch.ResponseTokens(0), [], _edge?.LossNotFinite() ?? EdgeOfRange.NotFinite);
        var found = new List<WeightStatistics>(_weights.Count);
        for (var i = 0; i < _weights.Count; i++)
        {
            var reason = _allRanges.Unresolved(0, _weights[i].Linear.Weight.Name);
            if (reason is not null)
                _cosines?.Exclude(_weights[i]);
            found.Add(reason is null ? Statistics(0, i) : WeightStatistics.None(_weights[i].Name, reason, _options.Measurement.Spectra));
        }

        return Measured(batch, result, 0, found);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _edge?.Dispose();
        _shares?.Dispose();
        _cosines?.Dispose();
        _decoder.Dispose();
        _device.Dispose();
    }

    private (PackedBatch Batch, BatchResult Result) Backward(IReadOnlyList<TokenizedExample> window, SinkGroup<T> sink, CancellationToken cancel)
    {
        var batch = new PackedBatch([.. window.Select(example => example.Packed)]);
        return (batch, _decoder.Backward(batch, sink, cancel: cancel));
    }

    private Measurement MeasureAtTheEdge(TokenizedExample example, CancellationToken cancel) => _edge?.Wider is { } wider
        ? wider.MeasureAlone(example, cancel) with { MeasuredIn = Precision.Float64 }
        : MeasureAlone(example, cancel);

    private Measurement Measured(PackedBatch batch, BatchResult result, int example, IReadOnlyList<WeightStatistics> found) => new(
        result.Losses[example], batch.Segments[example].Length, batch.ResponseTokens(example), found,
        Cosines: _cosines is null ? null : _cosineGroups!.Of(_cosines, example), RouterNearTies: result.RouterNearTies[example]);

    /// <summary>What the sinks of statistics will ask for and take.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="selected">The weights.</param>
    /// <param name="options">What to measure.</param>
    internal static PlannedSink PlannedSinks(DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, MeasureOptions options)
    {
        var sinks = new List<PlannedSink> { StatisticsSink<T>.Planned(selected) };
        if (options.Measurement.Tokens)
            sinks.Add(TokenShareSink<T>.Planned(selected));
        if (options.Measurement.Cosine)
            sinks.Add(CosineSink<T>.Planned(specification, selected));
        return PlannedSink.Group(sinks);
    }

    /// <summary>Cosines keep the factors of a whole batch, so batches stay small.</summary>
    private static MemoryPlan MakePlan(
        DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, MeasureOptions options, int? tokenBudget, Func<ParameterSpecification, ParameterStorage> storageOf)
    {
        const int TokensWithCosines = 1024;
        var sizes = new MemorySizes<T>(specification, options.Measurement.MaxLength, DeviceFactory.Sizes<T>(options.Machine), PlannedSinks(specification, selected, options), storageOf: storageOf);
        return MemoryPlan.Create(
            sizes, options.Machine.MemoryBudget, tokenBudget ?? (options.Measurement.Cosine ? TokensWithCosines : null), goesOn: tokenBudget is not null);
    }

    private WeightStatistics Statistics(int example, int weight) =>
        WeightStatistics.Of(_weights[weight].Name, _statistics.Of(example, weight), _options.Measurement.Spectra, _shares?.Of(example, weight));
}
