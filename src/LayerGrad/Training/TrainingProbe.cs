using LayerGrad.Measuring;

namespace LayerGrad.Training;

/// <summary>A dataset that is measured as <c>measure</c> does, again and again with the weights of the moment.</summary>
internal sealed class TrainingProbe : IDisposable
{
    private readonly string data;
    private readonly IReadOnlyList<PackingWindow> windows;
    private readonly IExampleMeasurer measurer;
    private readonly AppendFile lines;

    /// <summary>Begins the probe's run, or goes on with it.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="path">The run file.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="measurer">Measures with the weights of the moment; not disposed with the probe.</param>
    /// <param name="metadata">What stands in <c>RUN.meta.json</c>, without the plan.</param>
    /// <param name="last">The last step that the run keeps; -1 for none.</param>
    public TrainingProbe(string data, string path, IReadOnlyList<EncodedExample> examples, IExampleMeasurer measurer, RunMetadata metadata, int last)
    {
        this.data = data;
        this.measurer = measurer;
        Run = path;
        windows = PackingWindow.Pack(examples, measurer.TokenBudget);
        lines = StepLines.Open(path, last);
        var paths = new RunPaths(path);
        RunMetadataJson.WriteAtomically(paths.Metadata, metadata with
        {
            TokenBudget = measurer.TokenBudget,
            Windows = [.. windows.Select(window => window.First)],
            Weights = measurer.Weights,
            Devices = [measurer.Device],
        });
        using var skipped = new AppendFile(paths.Skipped, 0);
        foreach (var example in examples.Where(example => example.SkipReason is not null))
            skipped.Append(RunLine.Skipped(example.Example, example.SkipReason!));
    }

    /// <summary>The run file.</summary>
    public string Run { get; }

    /// <summary>Measures all examples and appends their lines.</summary>
    /// <param name="step">The steps that the weights have behind them.</param>
    /// <param name="cancel">Gives up; what was written of the step is cut off when the training goes on.</param>
    /// <returns>The mean loss.</returns>
    /// <exception cref="InputException">A loss or gradient is not finite.</exception>
    public double Measure(int step, CancellationToken cancel)
    {
        var losses = new List<double>();
        foreach (var window in windows)
        {
            var measurements = window.Measure(measurer, cancel);
            for (var i = 0; i < measurements.Length; i++)
            {
                if (measurements[i] is not { } measurement)
                    continue;
                var example = window.Examples[i].Example;
                if (measurement.Unwritable is { } reason)
                    throw new InputException($"{data}: after step {step}, {reason} in example {example.Index}; the training has diverged: give a lower --lr, or --clip 1.0");
                lines.Append(RunLine.Measured(example, measurement, step));
                losses.Add(measurement.Loss);
            }
        }

        lines.Flush();
        return losses.Count == 0 ? double.NaN : losses.Average();
    }

    /// <inheritdoc />
    public void Dispose() => lines.Dispose();
}
