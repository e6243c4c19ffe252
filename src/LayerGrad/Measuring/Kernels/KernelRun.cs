using System.Diagnostics;
using LayerGrad.Examples;
using LayerGrad.Hub;
using LayerGrad.Compute;
using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Measuring.Kernels;

/// <summary>
/// Computes the inner products ⟨G_i, G_j⟩ between the loss gradients of all examples (the kernel of Jacot et al. 2018,
/// arXiv 1806.07572, on the losses), weight by weight, from factors, and writes them as a NumPy file.
/// </summary>
internal static class KernelRun
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
        using var held = RunLock.TakeFor(options.Measure.Out);
        options.RequireFreeOutputs();
        using var inputs = MeasureInputs.Open(options.Measure, [options.Measure.Out, options.Sidecar]);
        var encoder = inputs.CreateEncoder(options.Measure.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today));
        var examples = new KernelExamples([.. Sets(options, inputs, cancel)], options.Test is not null, encoder);
        examples.Require();
        var summary = options.Measure.Measurement.Precision == Precision.Float64
            ? KernelEngine<double>.Compute(options, inputs, examples, observer, cancel)
            : KernelEngine<float>.Compute(options, inputs, examples, observer, cancel);
        return summary with { Elapsed = clock.Elapsed };
    }

    /// <summary>The dataset, and the test set or the further sets. The range and the limit are those of every set but the test set, which is taken whole.</summary>
    private static IEnumerable<KernelSet> Sets(KernelOptions options, MeasureInputs inputs, CancellationToken cancel)
    {
        var measure = options.Measure;
        IReadOnlyList<string> names = options.Labels.Count > 0 ? options.Labels
            : options.With.Count > 0 ? [measure.Data, .. options.With]
            : [KernelSidecar.FirstSet];
        yield return new KernelSet(names[0], measure.Data, inputs.Identity.DataHash, inputs.Examples);
        if (options.Test is { } test)
        {
            var loaded = Load(test, options.TestSource, 0, null);
            yield return new KernelSet(KernelSidecar.TestSet, test, loaded.Identity, loaded.Examples);
        }

        for (var i = 0; i < options.With.Count; i++)
        {
            var loaded = Load(options.With[i], options.WithSources?[i], measure.Range?.Start ?? 0, measure.End);
            if (loaded.Examples.Count == 0)
                throw new InputException($"--with {options.With[i]}: has no example within --range {measure.Range}");
            yield return new KernelSet(names[i + 1], options.With[i], loaded.Identity, loaded.Examples);
        }

        LoadedDataset Load(string name, DatasetSource? source, int first, int? end)
        {
            source ??= DatasetResolver.Resolve(name, measure.Spool, cancellation: cancel);
            OutputPlaces.Check("--out", [measure.Out, options.Sidecar], source.Files);
            return Dataset.Load(source, measure.Fields, first, end);
        }
    }
}
