using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Measuring.Engines;

/// <summary>
/// What a run does with an example whose numbers come to the edge of its element type: a float32 run measures it in
/// float64, with whatever memory its plan left free. Nothing is loaded before the first such example.
/// </summary>
/// <param name="checkpoint">The model.</param>
/// <param name="specification">What it consists of.</param>
/// <param name="options">What to measure, and on what.</param>
/// <param name="memory">The bytes that float64 may take; null where the run is in float64 already.</param>
internal sealed class EdgeOfRange(Checkpoint checkpoint, DecoderSpecification specification, MeasureOptions options, long? memory) : IDisposable
{
    /// <summary>The reason for which an example is skipped.</summary>
    public const string NotFinite = "the loss is not finite";

    private bool _tried;
    private DecoderMeasurer<double>? _wider;
    private string? _reason;

    /// <summary>Measures in float64; null where the run does so already, or where its memory does not allow it.</summary>
    public DecoderMeasurer<double>? Wider
    {
        get
        {
            if (!_tried && memory is { } bytes
                && WiderPlan.TryCreate(specification, options, DecoderMeasurer<double>.PlannedSinks(specification, options.SelectWeights(specification), options), bytes) is { } plan)
            {
                _wider = DecoderMeasurer<double>.Create(checkpoint, options with { Precision = Precision.Float64 }, specification, new CheckpointParameters<double>(checkpoint, specification), plan);
            }

            _tried = true;
            return _wider;
        }
    }

    /// <summary>Why a loss is not finite: the first weight that holds NaN or infinity, where there is one.</summary>
    public string LossNotFinite() => _reason ??= WhyNotFinite(checkpoint, specification);

    /// <summary>Why a loss is not finite, found by reading the checkpoint until a weight is not.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="specification">What it consists of.</param>
    public static string WhyNotFinite(Checkpoint checkpoint, DecoderSpecification specification) => NonFiniteWeight.Find(new CheckpointParameters<double>(checkpoint, specification), specification) is { } weight
        ? $"{NotFinite}: '{weight.Name}' holds {weight.Value}"
        : NotFinite;

    /// <inheritdoc />
    public void Dispose() => _wider?.Dispose();
}
