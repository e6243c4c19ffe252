using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Training.Lora;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Training;

/// <summary>A model on a device with its gradients and its optimiser: one step at a time, no files.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class Trainer<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<ParameterSpecification> _trained;
    private readonly OptimizerOptions _options;
    private readonly double? _clip;
    private readonly int _tokenBudget;
    private readonly GradientAccumulators<T> _gradients;
    private readonly IGradientSink<T> _sink;

    /// <summary>Loads a model.</summary>
    /// <param name="device">Where it is trained; not disposed with the trainer.</param>
    /// <param name="specification">The model.</param>
    /// <param name="source">Its weights.</param>
    /// <param name="trained">The parameters that are trained.</param>
    /// <param name="options">The optimiser.</param>
    /// <param name="clip">The longest gradient that is not shortened; null to shorten none.</param>
    /// <param name="plan">How many tokens a pass holds (a step with more takes several, whose gradients are summed) and which activations are kept.</param>
    /// <param name="lora">The adapter that is trained in the place of the model's own weights, disposed with the trainer; null where these are.</param>
    public Trainer(
        Device<T> device, DecoderSpecification specification, IParameterSource<T> source, IReadOnlyList<ParameterSpecification> trained,
        OptimizerOptions options, double? clip, MemoryPlan plan, LoraWeights<T>? lora = null)
    {
        (_trained, _options, _clip, _tokenBudget) = (trained, options, clip, plan.TokenBudget);
        (Device, Lora) = (device, lora);
        var layers = specification.Layers.Count;
        var store = new WeightStore<T>(device, specification, source, layers, residentHead: true, residentEmbedding: true, fullWidth: true);
        Decoder = new Decoder<T>(device, specification, store, plan.KeptLayers);
        try
        {
            _gradients = new GradientAccumulators<T>(device, trained);
            _sink = lora?.Over(_gradients) ?? _gradients;
            Optimizer = options.Create(device, trained);
        }
        catch
        {
            _gradients?.Dispose();
            Decoder.Dispose();
            throw;
        }
    }

    /// <summary>Where the model is trained.</summary>
    public Device<T> Device { get; }

    /// <summary>The model with its weights as they are now.</summary>
    public Decoder<T> Decoder { get; }

    /// <summary>The adapter that is trained; null where the model's own weights are.</summary>
    public LoraWeights<T>? Lora { get; }

    /// <summary>The optimiser with its state.</summary>
    public Optimizer<T> Optimizer { get; }

    /// <summary>
    /// A step on the mean of the examples' losses. Nothing changes where a loss or the gradient is not finite.
    /// </summary>
    /// <param name="examples">The examples.</param>
    /// <param name="step">The number of the step, from 1.</param>
    /// <param name="rateFactor">The share of the learning rate that the schedule gives this step.</param>
    /// <param name="cancel">Gives the step up before it changes anything.</param>
    /// <exception cref="OperationCanceledException">It was given up: weights and optimiser are as they were.</exception>
    public StepResult Step(IReadOnlyList<PackedSequence> examples, int step, double rateFactor, CancellationToken cancel = default)
    {
        _gradients.Clear();
        var losses = new double[examples.Count];
        foreach (var pass in Passes(examples))
        {
            var batch = new PackedBatch([.. pass.Select(i => examples[i])]);
            var result = Decoder.Backward(batch, _sink, 1.0 / examples.Count, cancel);
            for (var i = 0; i < pass.Count; i++)
                losses[pass[i]] = result.Losses[i];
        }

        var norm = _gradients.Norm();
        var outcome = new StepResult(losses, norm, _options.LearningRate * rateFactor);
        if (!outcome.IsFinite)
            return outcome;
        if (_clip is { } limit)
            _gradients.Clip(norm, limit);
        foreach (var parameter in _trained)
            Optimizer.Update(parameter, Lora?[parameter] ?? Decoder.Weights[parameter].AsMatrix(), _gradients[parameter], step, outcome.LearningRate);
        Lora?.Merge(Decoder.Weights);
        return outcome;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Optimizer.Dispose();
        _gradients.Dispose();
        Lora?.Dispose();
        Decoder.Dispose();
    }

    /// <summary>The examples of a step in passes that fit the budget, in their order; a longer one stands alone.</summary>
    private IEnumerable<List<int>> Passes(IReadOnlyList<PackedSequence> examples)
    {
        var pass = new List<int>();
        var tokens = 0;
        for (var i = 0; i < examples.Count; i++)
        {
            if (pass.Count > 0 && tokens + examples[i].Ids.Length > _tokenBudget)
            {
                yield return pass;
                (pass, tokens) = ([], 0);
            }

            pass.Add(i);
            tokens += examples[i].Ids.Length;
        }

        if (pass.Count > 0)
            yield return pass;
    }
}
