using LayerGrad.ChatTemplates;
using LayerGrad.Decoders;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Models;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Studies;

/// <summary>
/// Measures runs of models. The engine of the last run stays ready, and serves the next one where model and options
/// allow, so that the cells of a model share its load.
/// </summary>
internal sealed class ModelMeasurer(MeasurerFactory create) : ICellMeasurer
{
    private Loaded? _loaded;

    public MeasureSummary Measure(MeasureRunOptions options, IMeasureObserver? observer, CancellationToken cancel)
    {
        var inputs = MeasureInputs.Open(options);
        var keep = false;
        try
        {
            return MeasureRun.Execute(options with { BeginsNoiseAgain = true }, inputs, Lend, observer, cancel);
        }
        catch when (options.Measurement.Noise)
        {
            // What the engine kept of this run's gradients is no part of the next one's.
            _loaded?.Dispose();
            _loaded = null;
            throw;
        }
        finally
        {
            if (!keep)
                inputs.Dispose();
        }

        IExampleMeasurer Lend(LoadedModel model, MeasureRunOptions asked, int? budget)
        {
            asked = asked with { OneWindow = false }; // The engine is there for the next run's windows too.
            var key = KeyOf(asked);
            if (_loaded is { } loaded && loaded.Key == key && (budget is null || budget == loaded.Measurer.TokenBudget))
                return new Borrowed(loaded.Measurer);
            _loaded?.Dispose();
            _loaded = null;
            var measurer = create(model, asked, budget);

            // The engine reads from the model for as long as it lives, so from now on the two belong together.
            keep = true;
            _loaded = new Loaded(key, measurer, inputs);

            // A budget that was planned for another run is not the one that this run would plan: it is not lent on.
            if (budget is not null)
                _loaded = _loaded with { Key = key with { Out = asked.Out } };
            return new Borrowed(measurer);
        }
    }

    public void Dispose() => _loaded?.Dispose();

    /// <summary>The options that an engine depends on: all but those that say which examples are measured and how they are encoded.</summary>
    private static MeasureRunOptions KeyOf(MeasureRunOptions options) => options with
    {
        Data = "",
        Out = "",
        Measurement = options.Measurement with
        {
            Chat = false,
            Template = TemplateArguments.None,
            Date = null,
            TokenizerRules = default,
            Protocol = options.Measurement.Weights is null ? options.Measurement.Protocol : default,
        },
        Shard = null,
        Range = options.Measurement.Noise ? options.Range : null,
        Limit = options.Measurement.Noise ? options.Limit : null,
        Tokenizer = null,
    };

    private sealed record Loaded(MeasureRunOptions Key, IExampleMeasurer Measurer, MeasureInputs Inputs) : IDisposable
    {
        public void Dispose()
        {
            Measurer.Dispose();
            Inputs.Dispose();
        }
    }

    /// <summary>An engine that outlives the run it is lent to.</summary>
    private sealed class Borrowed(IExampleMeasurer owner) : IExampleMeasurer
    {
        public MemoryPlan? Plan => owner.Plan;

        public TimeEstimate? Time => owner.Time;

        public int TokenBudget => owner.TokenBudget;

        public string Device => owner.Device;

        public IReadOnlyList<MeasuredWeight> Weights => owner.Weights;

        public IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel) => owner.Measure(window, cancel);

        public ExampleProducts? Products(CancellationToken cancel) => owner.Products(cancel);

        public void Dispose()
        {
            // Its owner disposes of it.
        }
    }
}
