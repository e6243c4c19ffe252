using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Measuring.Engines;

/// <summary>How a model is held in float64 beside a run in float32, for single examples.</summary>
internal static class WiderPlan
{
    /// <summary>Plans for one example at a time; null where the memory does not hold even that.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="memory">The bytes that may be taken.</param>
    public static MemoryPlan? TryCreate(DecoderSpecification specification, MeasureOptions options, long memory)
    {
        if (options.Measurement.Cosine)
        {
            memory -= options.Measurement.MaxLength * Gradients.CosineSink<double>.BytesOfToken(options.Measurement.SelectWeights(specification), sizeof(double));
        }

        try
        {
            return MemoryPlan.Create(specification, sizeof(double), options.Measurement.MaxLength, options.Threads ?? Environment.ProcessorCount, memory, tokenBudget: 1);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
