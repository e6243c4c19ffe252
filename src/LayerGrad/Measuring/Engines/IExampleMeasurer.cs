using LayerGrad.Decoders;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Models;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Engines;

/// <summary>
/// The engine as a run sees it: a model that is ready to measure one packing window after another.
/// </summary>
internal interface IExampleMeasurer : IDisposable
{
    /// <summary>How many tokens a packing window may hold, from the memory plan; a longer example stands alone.</summary>
    int TokenBudget { get; }

    /// <summary>How the model is held in memory, to be shown before the run; null where nothing is planned.</summary>
    MemoryPlan? Plan { get; }

    /// <summary>About how long measuring takes; null where nothing is known of it.</summary>
    TimeEstimate? Time => null;

    /// <summary>What computes, for the run's metadata: processor, library, threads.</summary>
    string Device { get; }

    /// <summary>The measured weights, in the order in which a line lists them.</summary>
    IReadOnlyList<MeasuredWeight> Weights { get; }

    /// <summary>Measures the examples of one packing window.</summary>
    /// <param name="window">The examples, longest first.</param>
    /// <param name="cancel">Gives up the window; nothing of it is written.</param>
    /// <returns>One measurement an example, in the order given.</returns>
    IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel);

    /// <summary>The inner products between the gradients of the examples that were measured; null where the run did not ask for them.</summary>
    /// <param name="cancel">Gives it up.</param>
    ExampleProducts? Products(CancellationToken cancel) => null;
}

/// <summary>Makes the engine for a run, once its options and inputs are known to be sound.</summary>
/// <param name="model">The model; stays open for as long as the measurer lives.</param>
/// <param name="options">What to measure, and on what.</param>
/// <param name="tokenBudget">The token budget of a run that goes on; null to plan one from the memory budget.</param>
internal delegate IExampleMeasurer MeasurerFactory(LoadedModel model, MeasureRunOptions options, int? tokenBudget);
