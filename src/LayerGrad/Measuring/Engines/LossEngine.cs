using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Models;

namespace LayerGrad.Measuring.Engines;

/// <summary>A model that gives losses alone: the forward pass of <see cref="DecoderMeasurer{T}"/>, without a backward and without its memory.</summary>
internal interface ILossEngine : IDisposable
{
    /// <summary>How many tokens a batch may hold; a longer example stands alone.</summary>
    int TokenBudget => Plan.TokenBudget;

    /// <summary>How the model is held in memory.</summary>
    MemoryPlan Plan { get; }

    /// <summary>What computes.</summary>
    string Device { get; }

    /// <summary>The loss of each sequence: mean cross-entropy of its tokens from a position on, in nats.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="cancel">Gives them up.</param>
    double[] Losses(PackedBatch batch, CancellationToken cancel = default);
}

/// <summary>A model that gives losses alone, in one element type.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class LossEngine<T> : ILossEngine
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly Decoder<T> _decoder;

    private LossEngine(Device<T> device, Decoder<T> decoder, MemoryPlan plan) => (_device, _decoder, Plan) = (device, decoder, plan);

    /// <inheritdoc/>
    public MemoryPlan Plan { get; }

    /// <inheritdoc/>
    public string Device => _device.Description;

    /// <summary>Loads a model.</summary>
    /// <param name="model">The model; stays open for as long as the engine lives.</param>
    /// <param name="options">On what to compute, and how long examples may be.</param>
    /// <param name="memory">The bytes that may be taken; null for those of the options.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public static LossEngine<T> Create(LoadedModel model, MeasureRunOptions options, long? memory = null)
    {
        var specification = model.Specification;
        var source = model.Parameters<T>(); // Shapes are checked before sizes are planned with.
        var sizes = new MemorySizes<T>(specification, options.Measurement.MaxLength, DeviceFactory.Sizes<T>(options.Machine), PlannedSink.None, source: source);
        var plan = MemoryPlan.Create(sizes, memory ?? options.Machine.MemoryBudget);
        var device = DeviceFactory.Create<T>(options.Machine);
        try
        {
            var store = new WeightStore<T>(device, specification, source, plan);
            return new LossEngine<T>(device, new Decoder<T>(device, specification, store, keptLayers: 0), plan);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public double[] Losses(PackedBatch batch, CancellationToken cancel = default) => _decoder.Losses(batch, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        _device.Dispose();
    }
}
