using LayerGrad.Compute;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Models;

namespace LayerGrad.Measuring.Engines;

/// <summary>Makes the engine of a run in the numbers that the run asks for.</summary>
internal static class Measurers
{
    /// <summary>A <see cref="MeasurerFactory"/>.</summary>
    /// <param name="model">The model; stays open for as long as the measurer lives.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <param name="tokenBudget">The token budget of a run that goes on; null to plan one from the memory budget.</param>
    public static IExampleMeasurer Create(LoadedModel model, MeasureRunOptions options, int? tokenBudget) => options.Measurement.Precision == Precision.Float64
        ? DecoderMeasurer<double>.Create(model, options, tokenBudget)
        : DecoderMeasurer<float>.Create(model, options, tokenBudget);

    /// <summary>What the engine of a run would take, told without loading the model: the plan that <see cref="Create"/> makes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <exception cref="InputException">The memory does not suffice, or the options do not fit the model.</exception>
    public static RunEstimate Estimate(LoadedModel model, MeasureRunOptions options) => options.Measurement.Precision == Precision.Float64
        ? DecoderMeasurer<double>.Estimate(model, options)
        : DecoderMeasurer<float>.Estimate(model, options);
}
