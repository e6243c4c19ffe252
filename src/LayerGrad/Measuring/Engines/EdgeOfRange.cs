using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Models;

namespace LayerGrad.Measuring.Engines;

/// <summary>
/// What a run does with an example whose numbers come to the edge of its element type: a float32 run measures it in
/// float64, with whatever memory its plan left free. Nothing is loaded before the first such example.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="options">What to measure, and on what.</param>
/// <param name="memory">The bytes that float64 may take; null where the run is in float64 already.</param>
internal sealed class EdgeOfRange(LoadedModel model, MeasureRunOptions options, long? memory) : IDisposable
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
            if (!_tried && memory is { } bytes)
                _wider = TryCreate(bytes);
            _tried = true;
            return _wider;
        }
    }

    private DecoderMeasurer<double>? TryCreate(long bytes)
    {
        var wide = options with { Measurement = options.Measurement with { Precision = Precision.Float64, Noise = false } };
        var selected = options.Measurement.SelectWeights(model.Specification);
        var sinks = DecoderMeasurer<double>.PlannedSinks(model.Specification, selected, options);
        return WiderPlan.TryCreate(model.Specification, options, sinks, bytes) is { } plan
            ? DecoderMeasurer<double>.Create(model, wide, selected, model.Parameters<double>(), plan)
            : null;
    }

    /// <summary>Why a loss is not finite: the first weight that holds NaN or infinity, where there is one.</summary>
    public string LossNotFinite() => _reason ??= WhyNotFinite(model);

    /// <summary>Why a loss is not finite, found by reading the checkpoint until a weight is not.</summary>
    /// <param name="model">The model.</param>
    public static string WhyNotFinite(LoadedModel model) => NonFiniteWeight.Find(model.Parameters<double>(), model.Specification) is { } weight
        ? $"{NotFinite}: '{weight.Name}' holds {weight.Value}"
        : NotFinite;

    /// <inheritdoc />
    public void Dispose() => _wider?.Dispose();
}
