
using LayerGrad.Analysis.Noise;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Training;

/// <summary>A dataset that is measured as <c>measure</c> does, again and again with the weights of the moment.</summary>
internal sealed class TrainingProbe : IDisposable
{
    /// <summary>Resamples that tell whether the noise scale is resolved, where it is told as the training goes on.</summary>
    private const int ReplicatesOfNoise = 200;

    private readonly string _data;
    private readonly IReadOnlyList<PackingWindow> _windows;
    private readonly IExampleMeasurer _measurer;
    private readonly AppendFile _lines;

    /// <summary>Begins the probe's run, or goes on with it.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="path">The run file.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="measurer">Measures with the weights of the moment; not disposed with the probe.</param>
    /// <param name="metadata">What stands in <c>RUN.meta.json</c>, without the plan.</param>
    /// <param name="last">The last step that the run keeps; -1 for none.</param>
    public TrainingProbe(string data, string path, IReadOnlyList<EncodedExample> examples, IExampleMeasurer measurer, RunMetadata metadata, int last)
    {
        _data = data;
        _measurer = measurer;
        Run = path;
        Skipped = examples.Count(example => example.SkipReason is not null);
        _windows = PackingWindow.Pack(examples, measurer.TokenBudget);
        _lines = StepLines.Open(path, last);
        var paths = new RunPaths(path);
        foreach (var (_, later) in paths.NoiseSteps().Where(step => step.Key > last))
            File.Delete(later);
        RunMetadataJson.WriteAtomically(paths.Metadata, metadata with
        {
            TokenBudget = measurer.TokenBudget,
            Windows = [.. _windows.Select(window => window.First)],
            Weights = measurer.Weights,
            Devices = [measurer.Device],
        });
        using var skipped = new AppendFile(paths.Skipped, 0);
        foreach (var example in examples.Where(example => example.SkipReason is not null))
            skipped.Append(SkippedLine.Write(example.Example, example.SkipReason!));
    }

    /// <summary>The run file.</summary>
    public string Run { get; }

    /// <summary>What numbers of the probe are called: the dataset's name.</summary>
    public string Name => Path.GetFileNameWithoutExtension(_data);

    /// <summary>Examples of the dataset that are not measured.</summary>
    public int Skipped { get; }

    /// <summary>Measures all examples and appends their lines.</summary>
    /// <param name="step">The steps that the weights have behind them.</param>
    /// <param name="cancel">Gives up; what was written of the step is cut off when the training goes on.</param>
    /// <returns>What it came to.</returns>
    /// <exception cref="InputException">A loss or gradient is not finite.</exception>
    public ProbeResult Measure(int step, CancellationToken cancel)
    {
        var result = new ProbeResult();
        foreach (var window in _windows)
        {
            var measurements = window.Measure(_measurer, cancel);
            for (var i = 0; i < measurements.Length; i++)
            {
                if (measurements[i] is not { } measurement)
                    continue;
                var example = window.Examples[i].Example;
                if (measurement.Unwritable is { } reason)
                    throw new InputException($"{_data}: after step {step}, {reason} in example {example.Index}; the training has diverged: give a lower --lr, or --clip 1.0");
                _lines.Append(MeasuredLine.Write(example, measurement, step));
                result.Add(measurement);
            }
        }

        _lines.Flush();
        if (_measurer.Products(cancel) is { } products)
        {
            ExampleProductsFile.Write(new RunPaths(Run).NoiseAfter(step), products);
            result.Noise = products.Examples.Count < 2 ? null : new GradientNoise(products.Whole, products.Examples.Count).Estimated(ReplicatesOfNoise, seed: 0);
        }

        return result;
    }

    /// <inheritdoc />
    public void Dispose() => _lines.Dispose();
}
