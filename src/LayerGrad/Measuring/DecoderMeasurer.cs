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
    private readonly StatisticsSink<T> sink;
    private readonly IReadOnlyList<SelectedWeight> weights;
    private readonly MeasureOptions options;

    private DecoderMeasurer(Device<T> device, Decoder<T> decoder, IReadOnlyList<SelectedWeight> weights, MemoryPlan plan, MeasureOptions options)
    {
        this.device = device;
        this.decoder = decoder;
        this.weights = weights;
        this.options = options;
        sink = new StatisticsSink<T>(device, weights);
        Plan = plan;
    }

    /// <summary>How the model is held in memory.</summary>
    public MemoryPlan Plan { get; }

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
        var specification = DecoderFamilies.Describe(checkpoint.Config, checkpoint.Location);
        var selected = Select(specification, options);
        var threads = options.Threads ?? Environment.ProcessorCount;
        var plan = MemoryPlan.Create(
            specification, System.Runtime.CompilerServices.Unsafe.SizeOf<T>(), options.MaxLength, threads, options.Memory ?? SystemMemory.Default, tokenBudget);
        var source = new CheckpointParameters<T>(checkpoint, specification);
        var cpu = new CpuDevice<T>(threads);
        var store = new WeightStore<T>(cpu, specification, source, plan.ResidentLayers, plan.ResidentHead);
        return new DecoderMeasurer<T>(cpu, new Decoder<T>(cpu, specification, store, plan.KeptLayers), selected, plan, options);
    }

    /// <inheritdoc />
    public IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var batch = new PackedBatch([.. window.Select(example => (example.Ids, example.ResponseStart))]);
        var result = decoder.Backward(batch, sink);
        return [.. window.Select((_, i) => new Measurement(
            result.Losses[i], batch.Segments[i].Length, batch.ResponseTokens(i),
            double.IsFinite(result.Losses[i]) ? Statistics(i) : [],
            double.IsFinite(result.Losses[i]) ? null : "the loss is not finite"))];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        decoder.Dispose();
        device.Dispose();
    }

    private static IReadOnlyList<SelectedWeight> Select(DecoderSpecification specification, MeasureOptions options) =>
        options.Weights is null && options.Protocol == Protocol.Paper
            ? WeightSelection.OriginalScript(specification)
            : WeightSelection.Parse(specification, options.Weights ?? "attention", splitFused: false);

    private List<WeightStatistics> Statistics(int example)
    {
        var statistics = sink.Of(example);
        return [.. weights.Select((weight, i) => Convert(weight.Name, statistics[i]))];
    }

    private WeightStatistics Convert(string name, GradientStatistics gradient) => new(
        name, gradient.Mean, gradient.Max, gradient.Min, gradient.FrobeniusNorm, gradient.SumOfSingularValues, gradient.LargestSingularValue,
        gradient.SmallestSingularValue, gradient.EffectiveRank, gradient.Rank, options.Spectra ? gradient.SingularValues : null);
}
