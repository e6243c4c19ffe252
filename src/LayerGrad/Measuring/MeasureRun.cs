using System.Diagnostics;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring;

/// <summary>
/// Measures a dataset on a model into <c>RUN.jsonl</c>. A run that was killed goes on where it stopped and ends with
/// the bytes of an undisturbed one; a run that is complete is left alone.
/// </summary>
public static class MeasureRun
{
    /// <summary>Measures what the options name.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="observer">Is told how the run goes on.</param>
    /// <param name="cancel">Ends the run after the line that is being written.</param>
    /// <exception cref="InputException">An option, an input or the output is wrong; nothing was changed.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; the same call goes on from there.</exception>
    public static MeasureSummary Execute(MeasureOptions options, IMeasureObserver? observer = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        new RunPaths(options.Out).RefuseFolder();
        using var inputs = MeasureInputs.Open(options);
        return Execute(options, inputs, Measurers.Create, observer, cancel);
    }

    /// <summary>Runs over inputs that are open already.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="inputs">The model and the examples.</param>
    /// <param name="createMeasurer">Makes the engine; called only where something is left to measure.</param>
    /// <param name="observer">Is told how the run goes on.</param>
    /// <param name="cancel">Ends the run after the line that is being written.</param>
    /// <exception cref="InputException">The output is not this run's, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; the same call goes on from there.</exception>
    internal static MeasureSummary Execute(
        MeasureOptions options, MeasureInputs inputs, MeasurerFactory createMeasurer, IMeasureObserver? observer, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var paths = new RunPaths(options.Out);
        paths.Prepare();
        using var held = RunLock.Take(paths);
        var recorded = ReadRecorded(paths);
        var asked = inputs.IdentityFor(recorded) with { Measurement = options.Measurement with { Date = DateOf(options.Measurement, recorded) }, Shard = options.Shard };
        if (recorded is not null)
            RequireSame(paths, recorded, asked);
        var state = recorded is null ? new RunState() : RunState.Read(paths, recorded);
        if (recorded is not null && state.Done == recorded.Positions().Count())
        {
            Complete(paths, recorded, state);
            return MeasureSummary.Of(paths, state, 0, 0, clock.Elapsed, nothingToDo: true);
        }

        var date = asked.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today);
        var encoded = inputs.Examples.Select(inputs.CreateEncoder(date)).ToList();
        var otherwise = inputs.CountEncodedOtherwise(options, encoded, date);
        cancel.ThrowIfCancellationRequested();
        using var measurer = createMeasurer(inputs.Model, options, recorded?.TokenBudget);
        var windows = PackingWindow.Pack(encoded, recorded?.TokenBudget ?? measurer.TokenBudget);
        var metadata = Plan(paths, asked, recorded, measurer, windows);
        RunMetadataJson.WriteAtomically(paths.Metadata, metadata);

        var left = windows.Where(window => options.Shard?.Holds(window.Number) != false && window.Examples[^1].Example.Index > state.Last).ToList();
        observer?.Started(new MeasurePlan(
            metadata.Positions().Count(), state.Done, left.Sum(window => (long)window.Tokens), left.Count,
            metadata.TokenBudget, measurer.Weights.Count, measurer.Device, measurer.Plan,
            measurer.Time?.For(left.Sum(window => window.Examples.Count(example => example.Tokens is not null)), left.Sum(window => (long)window.Tokens)))
        {
            WeightNotes = metadata.WeightNotes,
            Data = metadata.DataForm,
        });
        var before = state.Measured.Count;
        long tokens;
        using (var writer = new RunWriter(paths, metadata, state))
            tokens = Measure(left, writer, state, measurer, observer, cancel);
        Complete(paths, metadata, state);
        return MeasureSummary.Of(paths, state, state.Measured.Count - before, tokens, clock.Elapsed, nothingToDo: false) with
        {
            EncodedOtherwise = otherwise,
            TokenizerRules = options.Measurement.TokenizerRules,
        };
    }

    /// <summary>Adds what the run came to; a run that was killed right before has it added by the next start.</summary>
    private static void Complete(RunPaths paths, RunMetadata metadata, RunState state)
    {
        var results = RunResults.Of(state);
        if (metadata.Results != results)
            RunMetadataJson.WriteAtomically(paths.Metadata, metadata with { Results = results });
    }

    private static long Measure(
        List<PackingWindow> windows, RunWriter writer, RunState state, IExampleMeasurer measurer, IMeasureObserver? observer, CancellationToken cancel)
    {
        var tokens = 0L;
        foreach (var window in windows)
        {
            cancel.ThrowIfCancellationRequested();
            writer.Write(window.Examples, window.Measure(measurer, cancel));
            tokens += window.Tokens;
            observer?.Advanced(new MeasureProgress(state.Measured.Count, state.Skipped.Count, tokens));
        }

        return tokens;
    }

    /// <summary>The metadata of the run that goes on; null where none was begun.</summary>
    private static RunMetadata? ReadRecorded(RunPaths paths)
    {
        if (File.Exists(paths.Metadata))
            return RunMetadata.Read(paths.Metadata);
        foreach (var path in (string[])[paths.Lines, paths.Skipped, paths.Tokens])
        {
            if (File.Exists(path) && new FileInfo(path).Length > 0)
                throw new InputException($"{path}: the file exists and {Path.GetFileName(paths.Metadata)} does not, so it is no run to go on with; name another --out, or remove it.");
        }

        return null;
    }

    private static void RequireSame(RunPaths paths, RunMetadata recorded, RunMetadata asked)
    {
        var difference = asked.DifferenceFrom(recorded);
        if (difference is null && asked.Shard != recorded.Shard)
            difference = ("--shard", asked.Shard?.ToString() ?? "not given", recorded.Shard?.ToString() ?? "not given");
        if (difference is var (option, now, then))
            throw new InputException($"{paths.Lines}: this run was begun under other options: {option} was {then} and is now {now}; give the same options to go on, or name another --out.");
    }

    /// <summary>Today's date would make a run that was begun yesterday another one, so it keeps its own.</summary>
    private static DateOnly? DateOf(MeasurementSpecification measurement, RunMetadata? recorded) =>
        measurement.Chat ? measurement.Date ?? recorded?.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today) : null;

    private static RunMetadata Plan(RunPaths paths, RunMetadata asked, RunMetadata? recorded, IExampleMeasurer measurer, IReadOnlyList<PackingWindow> windows)
    {
        int[] starts = [.. windows.Select(window => window.First)];
        if (recorded is null)
            return asked with { TokenBudget = measurer.TokenBudget, Windows = starts, Weights = measurer.Weights, Devices = [measurer.Device] };
        if (!recorded.Windows.SequenceEqual(starts) || !recorded.Weights.SequenceEqual(measurer.Weights))
            throw new InputException($"{paths.Metadata}: the plan in it is not the one that these inputs give, so its lines would not fit together; name another --out.");
        return recorded with { Devices = [.. recorded.Devices.Union([measurer.Device])], Results = null };
    }
}
