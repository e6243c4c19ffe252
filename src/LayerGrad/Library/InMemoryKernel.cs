using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Models;
using LayerGrad.Runs.Kernels;

namespace LayerGrad;

/// <summary>The kernel of <c>layergrad kernel</c>, kept in memory instead of written.</summary>
internal static class InMemoryKernel
{
    /// <summary>Computes it.</summary>
    /// <param name="model">The model; stays open.</param>
    /// <param name="run">The options as a run has them.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="skipped">Is told of examples without a gradient; null where there must be none.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <exception cref="InputException">No example, or not every one where that must be, has a gradient.</exception>
    public static GradientInnerProducts Compute(LoadedModel model, MeasureRunOptions run, IReadOnlyList<Example> examples, Action<Example, string>? skipped, CancellationToken cancel)
    {
        var options = new KernelOptions { Measure = run };
        var encoded = new KernelExamples([new KernelSet(KernelSidecar.FirstSet, run.Data, null, examples)], hasTest: false, MeasureInputs.Encoder(run, model, run.Measurement.Date ?? default));
        var told = Tell(encoded, 0, skipped);
        encoded.Require();
        var result = run.Measurement.Precision == Precision.Float64
            ? KernelEngine<double>.InMemory(options, model, encoded, cancel)
            : KernelEngine<float>.InMemory(options, model, encoded, cancel);
        Tell(encoded, told, skipped);
        var measured = encoded.Numbers.Select(number => encoded.Encoded[number].Example).ToList();
        return new GradientInnerProducts(measured, [.. result.Select(weight => weight.Name)], result.ToDictionary(weight => weight.Name, weight => Square(weight.Products, measured.Count), StringComparer.Ordinal));
    }

    private static int Tell(KernelExamples encoded, int told, Action<Example, string>? skipped)
    {
        foreach (var skip in encoded.Skipped.Skip(told))
            InMemoryMeasuring.Skip(skipped, encoded.Encoded.First(example => example.Example.Index == skip.Index).Example, skip.Reason);
        return encoded.Skipped.Count;
    }

    private static double[,] Square(double[] values, int size)
    {
        var square = new double[size, size];
        Buffer.BlockCopy(values, 0, square, 0, values.Length * sizeof(double));
        return square;
    }
}
