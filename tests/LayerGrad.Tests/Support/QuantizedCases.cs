using LayerGrad.Compute;
using LayerGrad.Measuring;

namespace LayerGrad.Tests.Support;

/// <summary>The quantised checkpoints that have reference values: those of the exactly dequantised model.</summary>
internal static class QuantizedCases
{
    /// <summary>The first examples alone have references.</summary>
    private const int Examples = 6;

    /// <summary>The checkpoints; one of an empty name where there are none.</summary>
    public static TheoryData<string> Formats(bool isWhole)
    {
        var all = Directory.Exists(Shared.Path("reference", "quantised"))
            ? Directory.EnumerateDirectories(Shared.Path("reference", "quantised")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal).ToArray()
            : [];
        return [.. all.Where((_, position) => isWhole || position % 4 == 0).DefaultIfEmpty("")];
    }

    /// <summary>What float32 may differ by.</summary>
    /// <remarks>
    /// Of these two checkpoints the largest singular value and the extremes of a gradient are 1.3e-4 and 1.1e-4 away. Nothing of it is the decoder's: a weight of
    /// GPTQ, five bits times a float16, is exact in float32, and one of NF4 is rounded once.
    /// </remarks>
    public static double Float32Tolerance(string format) => format is "gptq-bias" or "bnb-nf4" ? 2e-4 : 1e-4;

    /// <summary>Measures a checkpoint and compares it with the reference.</summary>
    public static ReferenceRun.Errors Errors(string format, Precision precision, string device = "cpu")
    {
        var measured = ReferenceRun.Measure(Shared.Path("models", "quantised", format), Shared.Path("reference", "examples.json"), new MeasureRunOptions
        {
            Model = format,
            Data = "examples.json",
            Out = "run.jsonl",
            Device = device,
            Measurement = new() { Precision = precision },
            Limit = Examples,
            Memory = 2L << 30,
        });
        var errors = ReferenceRun.Compare(measured, Shared.Path("reference", "quantised", format, "base.paper.jsonl"));
        errors.Weights.ShouldBeGreaterThan(0);
        return errors;
    }
}
