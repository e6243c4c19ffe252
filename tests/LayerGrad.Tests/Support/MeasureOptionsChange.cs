using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Support;

/// <summary>Options that differ in what is measured.</summary>
internal static class MeasureOptionsChange
{
    public static MeasureRunOptions Measuring(this MeasureRunOptions options, Func<MeasurementSpecification, MeasurementSpecification> change) =>
        options with { Measurement = change(options.Measurement) };
}
