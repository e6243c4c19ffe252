using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Packing;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;

namespace LayerGrad;

/// <summary>Measures examples window by window as a run does, and hands them to the user's sinks and to the user instead of to a file.</summary>
internal sealed class InMemoryMeasuring
{
    private readonly LoadedModel _model;
    private readonly MeasureRunOptions _run;
    private readonly MeasureOptions _options;

    /// <summary>Checks what the user brings.</summary>
    /// <param name="model">The model.</param>
    /// <param name="run">The options as a run has them.</param>
    /// <param name="options">The options as the user gave them.</param>
    /// <exception cref="InputException">A statistic has the name of another.</exception>
    public InMemoryMeasuring(LoadedModel model, MeasureRunOptions run, MeasureOptions options)
    {
        (_model, _run, _options) = (model, run, options);
        var taken = StatisticSelection.Default.Select(statistic => statistic.Key).ToHashSet(StringComparer.Ordinal);
        if (options.Statistics.FirstOrDefault(statistic => !taken.Add(statistic.Name)) is { } twice)
            throw new InputException($"MeasureOptions.Statistics: there is a statistic '{twice.Name}' already; give yours another name.");
    }

    /// <summary>Reads the weights.</summary>
    public IExampleMeasurer CreateEngine() => Measurers.Create(_model, _run, tokenBudget: null);

    /// <summary>Measures examples.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="examples">The examples, taken as they are needed.</param>
    /// <param name="cancel">Gives up the window that is being measured.</param>
    public IEnumerable<MeasuredExample> Measure(IExampleMeasurer engine, IEnumerable<Example> examples, CancellationToken cancel)
    {
        var encode = MeasureInputs.Encoder(_run, _model, _run.Measurement.Date ?? default);
        foreach (var window in PackingWindow.Each(examples.Select(encode), engine.TokenBudget))
        {
            cancel.ThrowIfCancellationRequested();
            var measurements = window.Measure(engine, cancel);
            foreach (var (encoded, measurement) in window.Examples.Zip(measurements))
            {
                if ((encoded.SkipReason ?? measurement?.Unwritable) is { } reason)
                    Skip(_options.Skipped, encoded.Example, reason);
                else if (measurement is not null)
                    yield return Hand(encoded.Example, measurement);
            }
        }
    }

    /// <summary>Tells of an example that cannot be measured.</summary>
    /// <param name="skipped">The user's; null where such an example is an error.</param>
    /// <param name="example">The example.</param>
    /// <param name="reason">Why.</param>
    /// <exception cref="InputException">Nobody is there to be told.</exception>
    public static void Skip(Action<Example, string>? skipped, Example example, string reason)
    {
        if (skipped is null)
            throw new InputException($"example {example.Index}: {reason}; remove it, or give MeasureOptions.Skipped to go on with the next.");
        skipped(example, reason);
    }

    private MeasuredExample Hand(Example example, Measurement measurement)
    {
        var measured = new MeasuredExample(example.Index, measurement.Loss, [.. measurement.Weights.Select(weight => new MeasuredGradient(weight))])
        {
            Example = example,
            Tokens = measurement.Tokens,
            ResponseTokens = measurement.ResponseTokens,
            MeasuredIn = measurement.MeasuredIn,
        };
        foreach (var gradient in measured.Gradients)
        {
            foreach (var statistic in _options.Statistics)
                gradient.Add(statistic);
            foreach (var sink in _options.Sinks)
                sink.Receive(example, gradient);
            if (!_options.Factors)
                gradient.ForgetFactors();
        }

        return measured;
    }
}
