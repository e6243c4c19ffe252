using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Gradients;

namespace LayerGrad.Bench.Headline;

/// <summary>A decoder of made-up weights on a device, with statistics of its attention's weights.</summary>
internal sealed class MeasuredEngine : IDisposable
{
    private readonly Device<float> _device;
    private readonly Decoder<float> _decoder;

    /// <summary>Loads the weights.</summary>
    /// <param name="device">Where; disposed with this.</param>
    /// <param name="settings">The sizes.</param>
    /// <param name="weights">The weights.</param>
    public MeasuredEngine(Device<float> device, RunSettings settings, IParameterSource<float> weights)
    {
        var specification = settings.Shape.Describe();
        _device = device;
        Weights = WeightSelector.Parse(specification, "attention", splitFused: false);
        Sink = new StatisticsSink<float>(device, Weights);
        _decoder = new Decoder<float>(
            device, specification, new WeightStore<float>(device, specification, weights, specification.Layers.Count, residentHead: true), specification.Layers.Count);
        var ids = SyntheticWeights.Tokens(settings.Tokens * settings.Batch, specification.VocabularySize);
        Batch = new PackedBatch([.. ids.Chunk(settings.Tokens).Select(example => (example, settings.Tokens - settings.Response))]);
    }

    /// <summary>The weights whose gradients are summarized.</summary>
    public IReadOnlyList<SelectedWeight> Weights { get; }

    /// <summary>What summarizes them.</summary>
    public StatisticsSink<float> Sink { get; }

    /// <summary>The examples.</summary>
    public PackedBatch Batch { get; }

    /// <summary>One pass: forward, backward, statistics.</summary>
    /// <returns>The losses of the examples.</returns>
    public IReadOnlyList<double> Pass() => _decoder.Backward(Batch, Sink).Losses;

    /// <inheritdoc />
    public void Dispose()
    {
        _decoder.Dispose();
        _device.Dispose();
    }
}
