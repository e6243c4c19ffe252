using System.Numerics;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Measuring;

/// <summary>
/// What a kernel does with an example whose numbers come to the edge of its element type: the factors are computed again in
/// float64, one example at a time, and kept scaled. Nothing is loaded before the first such example.
/// </summary>
/// <typeparam name="T">The element type of the kernel's factors.</typeparam>
internal sealed class KernelEdge<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Checkpoint checkpoint;
    private readonly DecoderSpecification specification;
    private readonly IReadOnlyList<SelectedWeight> weights;
    private readonly MeasureOptions options;
    private readonly long memory;
    private readonly FactorStore<T> store;
    private readonly ScalingFactorStore<T> scaled;
    private CpuDevice<double>? device;
    private Decoder<double>? decoder;
    private KernelSink<double>? sink;
    private FactorRangeSink<double>? ranges;
    private bool tried;

    /// <summary>Remembers what to load.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="specification">What it consists of.</param>
    /// <param name="weights">The weights of the kernel.</param>
    /// <param name="options">On what to compute.</param>
    /// <param name="memory">The bytes that float64 may take.</param>
    /// <param name="store">Where the factors go; not disposed with this.</param>
    public KernelEdge(
        Checkpoint checkpoint, DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights, MeasureOptions options, long memory, FactorStore<T> store)
    {
        (this.checkpoint, this.specification, this.weights, this.options, this.memory, this.store) = (checkpoint, specification, weights, options, memory, store);
        scaled = new ScalingFactorStore<T>(store);
    }

    /// <summary>The power of two by which an inner product with an example's gradient is to be multiplied.</summary>
    /// <param name="input">The factor that holds X.</param>
    /// <param name="delta">The factor that holds Δ.</param>
    /// <param name="example">The example's number.</param>
    public int Exponent(int input, int delta, int example) => scaled.Exponent(input, example) + scaled.Exponent(delta, example);

    /// <summary>Puts an example's factors, from float64, in the place of those that there are.</summary>
    /// <param name="number">The example's number.</param>
    /// <param name="example">The example.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <returns>Why the example has none and is to be skipped; null where it has.</returns>
    public string? Measure(int number, TokenizedExample example, CancellationToken cancel)
    {
        store.Remove(number);
        if (!Open())
            return "its gradients leave the range of float32, and --memory holds no float64 beside it";
        sink!.Expect([number]);
        var batch = new PackedBatch([(example.Ids, example.ResponseStart)]);
        var result = decoder!.Backward(batch, new SinkGroup<double>([sink, ranges!]), cancel: cancel);
        if (!double.IsFinite(result.Losses[0]))
            return EdgeOfRange.WhyNotFinite(checkpoint, specification);
        return weights.Select(weight => (weight.Name, Reason: ranges!.Unresolved(0, weight.Linear.Weight.Name))).FirstOrDefault(weight => weight.Reason is not null) is ({ } name, { } reason)
            ? $"{reason} in the gradient of {name}"
            : null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        decoder?.Dispose();
        device?.Dispose();
    }

    private bool Open()
    {
        if (!tried && WiderPlan.TryCreate(specification, options with { Cosine = false }, memory) is { } plan)
        {
            device = new CpuDevice<double>(options.Threads ?? Environment.ProcessorCount);
            var source = new CheckpointParameters<double>(checkpoint, specification);
            decoder = new Decoder<double>(device, specification, new WeightStore<double>(device, specification, source, plan.ResidentLayers, plan.ResidentHead), plan.KeptLayers);
            sink = new KernelSink<double>(device, weights, scaled);
            ranges = new FactorRangeSink<double>(device, everyWeight: true);
        }

        tried = true;
        return decoder is not null;
    }
}
