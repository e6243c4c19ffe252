using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;

namespace LayerGrad.Data.Scoring;

/// <summary>Losses in the precision asked for; one that leaves the range of float32 is computed again in float64, as <c>measure</c> does.</summary>
internal sealed class ScoreLosses : IDisposable
{
    private readonly LoadedModel _model;
    private readonly MeasureRunOptions _options;
    private readonly ILossEngine _engine;
    private LossEngine<double>? _wider;
    private bool _isTried;
    private string? _reason;

    /// <summary>Loads the model.</summary>
    public ScoreLosses(LoadedModel model, MeasureRunOptions options)
    {
        (_model, _options) = (model, options);
        _engine = options.Measurement.Precision == Precision.Float64 ? LossEngine<double>.Create(model, options) : LossEngine<float>.Create(model, options);
    }

    /// <summary>How many tokens a batch may hold.</summary>
    public int TokenBudget => _engine.TokenBudget;

    /// <summary>How the model is held in memory.</summary>
    public MemoryPlan Plan => _engine.Plan;

    /// <summary>What computes.</summary>
    public string Device => _engine.Device;

    /// <summary>The loss of each sequence, or why it has none.</summary>
    /// <param name="sequences">The sequences.</param>
    /// <param name="cancel">Gives them up.</param>
    public IReadOnlyList<(double Loss, string? Reason)> Of(IReadOnlyList<PackedSequence> sequences, CancellationToken cancel)
    {
        var losses = _engine.Losses(new PackedBatch(sequences), cancel);
        return [.. losses.Select((loss, i) => double.IsFinite(loss) ? (loss, null) : OfWider(sequences[i], cancel))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _wider?.Dispose();
        _engine.Dispose();
    }

    private (double Loss, string? Reason) OfWider(PackedSequence sequence, CancellationToken cancel)
    {
        var loss = Wider?.Losses(new PackedBatch([sequence]), cancel)[0] ?? double.NaN;
        return double.IsFinite(loss) ? (loss, null) : (double.NaN, _reason ??= EdgeOfRange.WhyNotFinite(_model));
    }

    /// <summary>Computes in float64; null where that is what was computed in already, or where the memory that is left does not hold it.</summary>
    private LossEngine<double>? Wider
    {
        get
        {
            if (_isTried || _engine is LossEngine<double>)
                return _wider;
            _isTried = true;
            try
            {
                _wider = LossEngine<double>.Create(_model, _options, _options.Machine.MemoryBudget - _engine.Plan.Bytes);
            }
            catch (InputException)
            {
                return null; // The example is then told as what it is: without a finite loss.
            }

            return _wider;
        }
    }
}
