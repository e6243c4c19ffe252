using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Gradients.Adapters;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Models;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;

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
    private readonly KeptGradients<T>? _kept;
    private readonly LayerCosineGroups? _cosineGroups;
    private readonly FactorRangeSink<T> _ranges;
    private readonly FactorRangeSink<T> _allRanges;
    private readonly AdapterFactors<T>? _adapter;
    private readonly IGradientSink<T> _sinks;
    private readonly IGradientSink<T> _sinksAtTheEdge;
    private readonly IReadOnlyList<SelectedWeight> _weights;
    private readonly MeasureRunOptions _options;
    private readonly EdgeOfRange? _edge;
    private readonly IReadOnlyList<Statistic> _chosen;
    private readonly double[]? _norms;
    private readonly NoiseProducts<T>? _noise;

    private DecoderMeasurer(
        Device<T> device, Decoder<T> decoder, IReadOnlyList<SelectedWeight> weights, MemoryPlan plan, TimeEstimate? time, MeasureRunOptions options, EdgeOfRange? edge,
        IParameterSource<T>? source)
    {
        _chosen = StatisticSelection.Parse(options.Measurement.Statistics);
        _norms = source is not null && _chosen.Contains(Statistic.NormOverWeightNorm) ? WeightNorms.Of(weights, source) : null;
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
        _kept = options.FactorsOf is { } names ? new KeptGradients<T>(device, [.. weights.Where(weight => names.Contains(weight.Name))]) : null;
        IGradientSink<T>[] statisticsSinks = [.. new IGradientSink<T>?[] { _statistics, _shares, _cosines, _kept }.OfType<IGradientSink<T>>()];
        _noise = options.Measurement.Noise ? new NoiseProducts<T>(device, weights, options, options.Machine.MemoryBudget - plan.Bytes) : null;
        _adapter = AdapterSink<T>.FactorsFor(device, decoder.Specification, _statistics);
        _sinks = AdapterSink<T>.Over(device, _adapter, new SinkGroup<T>(_noise is null ? [.. statisticsSinks, _ranges] : [.. statisticsSinks, _noise.Sink, _ranges]));
        _sinksAtTheEdge = AdapterSink<T>.Over(device, _adapter, new SinkGroup<T>([.. statisticsSinks, _allRanges]));
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
    public static DecoderMeasurer<T> Create(LoadedModel model, MeasureRunOptions options, int? tokenBudget)
    {
        var (specification, source, selected) = Select(model, options);
        return Create(model, options, selected, source, MakePlan(specification, selected, options, tokenBudget, source));
    }

    private static (DecoderSpecification Specification, CheckpointParameters<T> Source, IReadOnlyList<SelectedWeight> Selected) Select(LoadedModel model, MeasureRunOptions options)
    {
        var specification = model.Specification;
        var source = model.Parameters<T>(); // Shapes are checked before sizes are planned with.
        var selected = options.Measurement.SelectWeights(specification);
        if (options.Measurement.Tokens)
            TokenShareSink<T>.RequireEveryToken(selected, specification);
        return (specification, source, selected);
    }

    /// <summary>Makes an engine by a plan.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <param name="selected">The weights.</param>
    /// <param name="source">Its parameters in the checkpoint.</param>
    /// <param name="plan">How it is held in memory.</param>
    public static DecoderMeasurer<T> Create(
        LoadedModel model, MeasureRunOptions options, IReadOnlyList<SelectedWeight> selected, CheckpointParameters<T> source, MemoryPlan plan)
    {
        var specification = model.Specification;
        var device = DeviceFactory.Create<T>(options.Machine);
        Decoder<T>? decoder = null;
        try
        {
            var time = TimeOf(device, specification, selected, plan, options);
            var store = new WeightStore<T>(device, specification, source, plan);
            var left = options.Machine.MemoryBudget - plan.Bytes;
            var atTheEdge = new EdgeOfRange(model, options, typeof(T) == typeof(float) ? left : null);
            decoder = new Decoder<T>(device, specification, store, plan.KeptLayers);
            return new DecoderMeasurer<T>(device, decoder, selected, plan, time, options, atTheEdge, source);
        }
        catch
        {
            decoder?.Dispose();
            device.Dispose();
            throw;
        }
    }

    /// <summary>How a run would hold the model in memory, and about how long it would take, without loading the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <exception cref="InputException">The memory does not suffice, or the options do not fit the model.</exception>
    public static RunEstimate Estimate(LoadedModel model, MeasureRunOptions options)
    {
        var (specification, source, selected) = Select(model, options);
        var plan = MakePlan(specification, selected, options, null, source);
        using var device = DeviceFactory.Create<T>(options.Machine);
        return new RunEstimate(plan, TimeOf(device, specification, selected, plan, options), selected.Count, device.Description);
    }

    private static TimeEstimate TimeOf(Device<T> device, DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, MemoryPlan plan, MeasureRunOptions options) =>
        TimeEstimate.Create(device, specification, selected, options.Measurement.Cosine ? new LayerCosineGroups(selected).Kinds : [], plan, MachineLoad.Factor(options.Machine));

    /// <summary>Measures with a decoder that its owner changes between measurements; not to be disposed.</summary>
    /// <param name="device">Where the decoder is.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="plan">How it is held in memory.</param>
    /// <param name="options">What to measure.</param>
    public static DecoderMeasurer<T> Over(Device<T> device, Decoder<T> decoder, MemoryPlan plan, MeasureRunOptions options) =>
        new(device, decoder, options.Measurement.SelectWeights(decoder.Specification), plan, null, options, null, null);

    /// <inheritdoc />
    public IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel)
    {
        _noise?.Expect(window);
        var (batch, result) = Backward(window, _sinks, cancel);
        var measured = new Measurement?[window.Count];
        for (var i = 0; i < measured.Length; i++)
        {
            if (double.IsFinite(result.Losses[i]) && _ranges.IsOrdinary(i))
                measured[i] = Measured(batch, result, i, [.. _weights.Select((_, j) => Statistics(i, j))]);
        }

        // These take the sinks once more, so they come when nothing of the window is left to be asked of them.
        return [.. window.Select((example, i) => (measured[i] ?? MeasureAtTheEdge(example, cancel)) with { ThinkingTokens = example.CountedThinking })];
    }

    /// <inheritdoc />
    public ExampleProducts? Products(CancellationToken cancel) => _noise?.Multiply(cancel);

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
            found.Add(reason is null ? Statistics(0, i) : WeightStatistics.None(_weights[i].Name, reason, _chosen, _options.Measurement.Spectra));
        }

        return Measured(batch, result, 0, found);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _edge?.Dispose();
        _noise?.Dispose();
        _shares?.Dispose();
        _cosines?.Dispose();
        _adapter?.Dispose();
        _kept?.Dispose();
        _decoder.Dispose();
        _device.Dispose();
    }

    private (PackedBatch Batch, BatchResult Result) Backward(IReadOnlyList<TokenizedExample> window, IGradientSink<T> sink, CancellationToken cancel)
    {
        var batch = new PackedBatch([.. window.Select(example => example.Packed)]);
        return (batch, _decoder.Backward(batch, sink, cancel: cancel));
    }

    private Measurement MeasureAtTheEdge(TokenizedExample example, CancellationToken cancel)
    {
        var found = _edge?.Wider is { } wider
            ? wider.MeasureAlone(example, cancel) with { MeasuredIn = Precision.Float64 }
            : MeasureAlone(example, cancel);
        _noise?.Remove(example, isMeasured: found.Unwritable is null);
        return found;
    }

    private Measurement Measured(PackedBatch batch, BatchResult result, int example, IReadOnlyList<WeightStatistics> found) => new(
        result.Losses[example], batch.Segments[example].Length, batch.ResponseTokens(example), found,
        Cosines: _cosines is null ? null : _cosineGroups!.Of(_cosines, example), RouterNearTies: result.RouterNearTies[example]);

    /// <summary>What the sinks of statistics will ask for and take.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="selected">The weights.</param>
    /// <param name="options">What to measure.</param>
    internal static PlannedSink PlannedSinks(DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, MeasureRunOptions options)
    {
        var sinks = new List<PlannedSink> { StatisticsSink<T>.Planned(selected) };
        if (options.Measurement.Tokens)
            sinks.Add(TokenShareSink<T>.Planned(selected));
        if (options.Measurement.Cosine)
            sinks.Add(CosineSink<T>.Planned(specification, selected, new LayerCosineGroups(selected).Kinds));
        if (options.Measurement.Noise)
            sinks.Add(KernelSink<T>.Planned(specification, WeightSelector.Whole(selected)));
        if (options.FactorsOf is { } names)
            sinks.Add(KeptGradients<T>.Planned(specification, [.. selected.Where(weight => names.Contains(weight.Name))]));
        return AdapterSink<T>.Planned(PlannedSink.Group(sinks), specification);
    }

    /// <summary>Cosines keep the factors of a whole batch, so batches stay small.</summary>
    private static MemoryPlan MakePlan(
        DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, MeasureRunOptions options, int? tokenBudget, IParameterSource<T> source)
    {
        const int TokensWithCosines = 1024;
        var sizes = new MemorySizes<T>(specification, options.Measurement.MaxLength, DeviceFactory.Sizes<T>(options.Machine), PlannedSinks(specification, selected, options), source: source);
        var plan = MemoryPlan.Create(
            sizes, options.Machine.MemoryBudget, tokenBudget ?? (options.Measurement.Cosine ? TokensWithCosines : null), goesOn: tokenBudget is not null);
        return options.OneWindow && DeviceFactory.Resolve(options.Device).FreeMemory is null ? sizes.WithoutResidents(plan) : plan;
    }

    private WeightStatistics Statistics(int example, int weight) =>
        WeightStatistics.Of(_weights[weight].Name, WithNorm(_statistics.Of(example, weight), weight), _chosen, _options.Measurement.Spectra, _shares?.Of(example, weight))
            with
        { Factors = _kept?.Of(example, _weights[weight]) };

    private GradientStatistics WithNorm(GradientStatistics statistics, int weight) => _norms is null ? statistics : statistics with { WeightNorm = _norms[weight] };
}
