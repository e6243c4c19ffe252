using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Measuring.Engines;

/// <summary>How a model is held in float64 beside a run in float32, for single examples of which every factor is looked at.</summary>
internal static class WiderPlan
{
    /// <summary>Plans for one example at a time; null where the memory does not hold even that, or the device has no float64.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="sink">What will receive the gradients, beside what looks at the factors.</param>
    /// <param name="memory">The bytes that may be taken.</param>
    public static MemoryPlan? TryCreate(DecoderSpecification specification, MeasureRunOptions options, PlannedSink sink, long memory)
    {
        if (!DeviceFactory.Resolve(options.Device).Precisions.Contains(Precision.Float64))
            return null;
        var sizes = new MemorySizes<double>(
            specification, options.Measurement.MaxLength, DeviceFactory.Sizes<double>(options.Machine), PlannedSink.Group([sink, FactorRangeSink<double>.PlannedForEveryWeight]));
        try
        {
            return MemoryPlan.Create(sizes, memory, tokenBudget: 1);
        }
        catch (InputException)
        {
            return null;
        }
    }
}
