using System.Numerics;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Measuring;

/// <summary>Measures packing windows with a decoder and a sink of statistics.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class DecoderMeasurer<T> : IExampleMeasurer
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> device;
    private readonly Decoder<T> decoder;
    private readonly StatisticsSink<T> statistics;
    private readonly TokenShareSink<T>? shares;
    private readonly CosineSink<T>? cosines;
    private readonly LayerCosineGroups? cosineGroups;
    private readonly SinkGroup<T> sink;
    private readonly IReadOnlyList<SelectedWeight> weights;
    private readonly MeasureOptions options;

    private DecoderMeasurer(Device<T> device, Decoder<T> decoder, IReadOnlyList<SelectedWeight> weights, MemoryPlan plan, TimeEstimate? time, MeasureOptions options)
    {
        this.device = device;
        this.decoder = decoder;
        this.weights = weights;
        this.options = options;
        statistics = new StatisticsSink<T>(device, weights);
        shares = options.Tokens ? new TokenShareSink<T>(device, weights) : null;
        cosines = options.Cosine ? new CosineSink<T>(device, weights) : null;
        cosineGroups = options.Cosine ? new LayerCosineGroups(weights) : null;
        sink = new SinkGroup<T>([.. new IGradientSink<T>?[] { statistics, shares, cosines }.OfType<IGradientSink<T>>()]);
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
    public string Device => device.Description;

    /// <inheritdoc />
    public IReadOnlyList<MeasuredWeight> Weights => [.. weights.Select(weight => new MeasuredWeight(weight.Name, weight.Outputs, weight.Inputs))];

    /// <summary>Makes the engine of a run: a <see cref="MeasurerFactory"/>.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <param name="tokenBudget">The token budget of a run that goes on.</param>
    public static DecoderMeasurer<T> Create(Checkpoint checkpoint, MeasureOptions options, int? tokenBudget)
    {
        var specification = CheckpointBinding.Of(checkpoint).Specification;
        var source = new CheckpointParameters<T>(checkpoint, specification); // Shapes are checked before sizes are planned with.
        var selected = options.SelectWeights(specification);
        if (options.Tokens)
            TokenShareSink<T>.RequireEveryToken(selected, specification);
        var threads = options.Threads ?? Environment.ProcessorCount;
        var plan = MakePlan(specification, selected, options, threads, tokenBudget);
        var cpu = new CpuDevice<T>(threads);
        var time = TimeEstimate.Create(cpu, specification, selected, plan);
        var store = new WeightStore<T>(cpu, specification, source, plan.ResidentLayers, plan.ResidentHead);
        return new DecoderMeasurer<T>(cpu, new Decoder<T>(cpu, specification, store, plan.KeptLayers), selected, plan, time, options);
    }

    /// <summary>About how long a run would take, without loading the model.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    public static TimeEstimate EstimateTime(Checkpoint checkpoint, MeasureOptions options)
    {
        var specification = CheckpointBinding.Of(checkpoint).Specification;
        var selected = options.SelectWeights(specification);
        var threads = options.Threads ?? Environment.ProcessorCount;
        using var cpu = new CpuDevice<T>(threads);
        return TimeEstimate.Create(cpu, specification, selected, MakePlan(specification, selected, options, threads, null));
    }

    /// <summary>Measures with a decoder that its owner changes between measurements; not to be disposed.</summary>
    /// <param name="device">Where the decoder is.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="plan">How it is held in memory.</param>
    /// <param name="options">What to measure.</param>
    public static DecoderMeasurer<T> Over(Device<T> device, Decoder<T> decoder, MemoryPlan plan, MeasureOptions options) =>
        new(device, decoder, options.SelectWeights(decoder.Specification), plan, null, options);

    /// <inheritdoc />
    public IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel)
    {
        var batch = new PackedBatch([.. window.Select(example => (example.Ids, example.ResponseStart))]);
        var result = decoder.Backward(batch, sink, cancel: cancel);
        return [.. window.Select((_, i) => double.IsFinite(result.Losses[i])
            ? new Measurement(result.Losses[i], batch.Segments[i].Length, batch.ResponseTokens(i), Statistics(i), Cosines: cosines is null ? null : cosineGroups!.Of(cosines, i), RouterNearTies: result.RouterNearTies[i])
            : new Measurement(result.Losses[i], batch.Segments[i].Length, batch.ResponseTokens(i), [], "the loss is not finite"))];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        shares?.Dispose();
        cosines?.Dispose();
        decoder.Dispose();
        device.Dispose();
    }

    /// <summary>Cosines keep the factors of a whole batch, so they take from the budget first, and batches stay small.</summary>
    private static MemoryPlan MakePlan(
        DecoderSpecification specification, IReadOnlyList<SelectedWeight> selected, MeasureOptions options, int threads, int? tokenBudget)
    {
        const int TokensWithCosines = 1024;
        var elementBytes = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        var memory = options.Memory ?? SystemMemory.Default;
        if (options.Cosine)
        {
            tokenBudget ??= TokensWithCosines;
            memory -= Math.Max(tokenBudget.Value, options.MaxLength) * CosineSink<T>.BytesOfToken(selected, elementBytes);
        }

        return MemoryPlan.Create(specification, elementBytes, options.MaxLength, threads, memory, tokenBudget);
    }

    private List<WeightStatistics> Statistics(int example)
    {
        var gradients = statistics.Of(example);
        return [.. weights.Select((weight, i) => Convert(weight.Name, gradients[i], shares?.Of(example, i)))];
    }

    private WeightStatistics Convert(string name, GradientStatistics gradient, double[]? tokenShares) => new(
        name, gradient.Mean, gradient.Max, gradient.Min, gradient.FrobeniusNorm, gradient.SumOfSingularValues, gradient.LargestSingularValue,
        gradient.SmallestSingularValue, gradient.EffectiveRank, gradient.Rank, options.Spectra ? gradient.SingularValues : null, tokenShares);
}
