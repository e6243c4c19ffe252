using System.Diagnostics;
using LayerGrad.Examples;
using LayerGrad.Hub;
using LayerGrad.Compute;

namespace LayerGrad.Measuring.Kernels;

/// <summary>
/// Computes the inner products ⟨G_i, G_j⟩ between the loss gradients of all examples (the kernel of Jacot et al. 2018,
/// arXiv 1806.07572, on the losses), weight by weight, from factors, and writes them as a NumPy file.
/// </summary>
public static class KernelRun
{
    /// <summary>Computes and writes a kernel.</summary>
    /// <param name="options">What to compute.</param>
    /// <param name="observer">Is told what it will take, and how it goes on.</param>
    /// <param name="cancel">Gives it up; nothing is written.</param>
    /// <exception cref="InputException">An option, an input or the output is wrong; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing was written.</exception>
    public static KernelSummary Execute(KernelOptions options, IKernelObserver? observer = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var clock = Stopwatch.StartNew();
        options.Validate();
        using var inputs = MeasureInputs.Open(options.Measure);
        var test = options.Test is { } name ? Dataset.Load(options.TestSource ?? DatasetResolver.Resolve(name, options.Measure.Spool, cancellation: cancel), options.Measure.Fields) : null;
        var encoder = inputs.CreateEncoder(options.Measure.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today));
        var examples = new KernelExamples(options, inputs.Examples, test, encoder);
        examples.Require();
        var summary = options.Measure.Measurement.Precision == Precision.Float64
            ? KernelEngine<double>.Compute(options, inputs, examples, observer, cancel)
            : KernelEngine<float>.Compute(options, inputs, examples, observer, cancel);
        return summary with { Elapsed = clock.Elapsed };
    }
}
