using System.Diagnostics;
using LayerGrad.Decoders;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring;

/// <summary>
/// Measures a dataset on a model into <c>RUN.jsonl</c>. A run that was killed goes on where it stopped and ends with
/// the bytes of an undisturbed one; so does a run of which more examples are asked for than before. A run that is complete is left alone.
/// </summary>
internal static class MeasureRun
{
    /// <summary>Measures what the options name.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="observer">Is told how the run goes on.</param>
    /// <param name="cancel">Ends the run after the line that is being written.</param>
    /// <exception cref="InputException">An option, an input or the output is wrong; nothing was changed.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; the same call goes on from there.</exception>
    public static MeasureSummary Execute(MeasureRunOptions options, IMeasureObserver? observer = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var paths = new RunPaths(options.Out);
        paths.RefuseFolder();
        using var inputs = MeasureInputs.Open(options, [.. paths.All]);
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
        MeasureRunOptions options, MeasureInputs inputs, MeasurerFactory createMeasurer, IMeasureObserver? observer, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var paths = new RunPaths(options.Out);
        paths.Prepare();
        using var held = RunLock.Take(paths);
        var recorded = ReadRecorded(paths);
        var asked = Asked(options, inputs, recorded);
        if (recorded is not null)
            RequireSame(paths, recorded, asked);
        var state = recorded is null ? new RunState() : RunState.Read(paths, recorded);
        var isDone = recorded?.End == asked.End && state.Done == recorded.Positions().Count();
        if (asked.Measurement.Noise && state.Done > 0 && !(isDone && File.Exists(paths.Noise)))
        {
            if (!options.BeginsNoiseAgain)
                throw new InputException($"{paths.Lines}: a run with --noise compares all its examples in one go and cannot go on after {state.Done} of them; remove the run's files and give the command again.");
            foreach (var path in (string[])[paths.Lines, paths.Skipped, paths.Tokens, paths.Noise, paths.Metadata])
                File.Delete(path);
            (recorded, state, isDone) = (null, new RunState(), false);
            asked = Asked(options, inputs, recorded);
        }

        if (isDone)
        {
            Complete(paths, recorded!, state);
            return MeasureSummary.Of(paths, state, 0, 0, clock.Elapsed, nothingToDo: true);
        }

        var date = asked.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today);
        var encoded = new EncodedSelection(inputs.Examples, inputs.ReadFrom, inputs.CreateEncoder(date), asked.First);
        var otherwise = inputs.CountEncodedOtherwise(options, encoded.Selected, date);
        cancel.ThrowIfCancellationRequested();
        var before = state.Measured.Count;
        var tokens = new MemoryAttempts(paths, options, mayPlanAgain: recorded is null && options.Shard is null).Run(
            state, (attempt, plannedAgain, planned) => MeasureAll(attempt, asked with { PlannedAgain = plannedAgain }, planned, paths, inputs, encoded, recorded, state, createMeasurer, observer, cancel));
        return MeasureSummary.Of(paths, state, state.Measured.Count - before, tokens, clock.Elapsed, nothingToDo: false) with
        {
            EncodedOtherwise = otherwise,
            TokenizerRules = options.Measurement.TokenizerRules,
        };
    }

    private static RunMetadata Asked(MeasureRunOptions options, MeasureInputs inputs, RunMetadata? recorded) =>
        inputs.IdentityFor(recorded) with { Measurement = options.Measurement with { Date = DateOf(options.Measurement, recorded) }, Shard = options.Shard };

    /// <summary>Measures what is left, with as much memory as the options say.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="asked">The run's metadata without its plan.</param>
    /// <param name="planned">Is told the plan, before memory is taken for examples.</param>
    /// <param name="paths">The run's files.</param>
    /// <param name="inputs">The model.</param>
    /// <param name="encoded">The examples.</param>
    /// <param name="recorded">The metadata of a run that goes on.</param>
    /// <param name="state">What is done.</param>
    /// <param name="createMeasurer">Makes the engine.</param>
    /// <param name="observer">Is told how the run goes on.</param>
    /// <param name="cancel">Ends the run after the line that is being written.</param>
    /// <returns>The tokens that were measured.</returns>
    private static long MeasureAll(
        MeasureRunOptions options, RunMetadata asked, Action<MemoryPlan?> planned, RunPaths paths, MeasureInputs inputs, EncodedSelection encoded, RunMetadata? recorded, RunState state,
        MeasurerFactory createMeasurer, IMeasureObserver? observer, CancellationToken cancel)
    {
        using var team = MeasurerTeam.Create(inputs.Model, options with { OneWindow = encoded.IsOneWindow }, recorded?.TokenBudget, createMeasurer);
        planned(team.Plan);
        var windows = encoded.Pack(recorded?.TokenBudget ?? team.TokenBudget);
        var metadata = Plan(paths, asked, recorded, team, windows, inputs);
        RunMetadataJson.WriteAtomically(paths.Metadata, metadata);

        var left = windows.Where(window => options.Shard?.Holds(window.Number) != false && window.Examples[^1].Example.Index > state.Last).ToList();
        observer?.Started(new MeasurePlan(
            metadata.Positions().Count(), state.Done, left.Sum(window => (long)window.Tokens), left.Count,
            metadata.TokenBudget, team.Weights.Count, string.Join("; ", team.Devices), team.Plan,
            team.Time?.For(left.SelectMany(window => window.Lengths)).Times(1.0 / team.Count))
        {
            Adapter = inputs.Model.AdapterSummary,
            WeightNotes = metadata.WeightNotes,
            Data = metadata.DataForm,
        });
        long tokens;
        using (var writer = new RunWriter(paths, metadata, state))
            tokens = Measure(left, writer, state, team, observer, cancel);
        if (team.Products(cancel) is { } products)
            ExampleProductsFile.Write(paths.Noise, products);
        Complete(paths, metadata, state);
        return tokens;
    }

    /// <summary>Adds what the run came to; a run that was killed right before has it added by the next start.</summary>
    private static void Complete(RunPaths paths, RunMetadata metadata, RunState state)
    {
        var results = RunResults.Of(state);
        if (metadata.Results != results)
            RunMetadataJson.WriteAtomically(paths.Metadata, metadata with { Results = results });
    }

    private static long Measure(
        List<PackingWindow> windows, RunWriter writer, RunState state, MeasurerTeam team, IMeasureObserver? observer, CancellationToken cancel)
    {
        var tokens = 0L;
        foreach (var (window, measured) in windows.Zip(team.Measure(windows, cancel)))
        {
            writer.Write(window.Examples, measured);
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

    /// <summary>Whatever decides a run's bytes stays; only its end may move on.</summary>
    private static void RequireSame(RunPaths paths, RunMetadata recorded, RunMetadata asked)
    {
        var difference = (asked.Grows(recorded) ? asked with { End = recorded.End } : asked).DifferenceFrom(recorded);
        if (difference is null && asked.Shard != recorded.Shard)
            difference = ("--shard", asked.Shard?.ToString() ?? "not given", recorded.Shard?.ToString() ?? "not given");
        if (difference is var (option, now, then))
            throw new InputException($"{paths.Lines}: this run was begun under other options: {option} was {then} and is now {now}; give the same options to go on, or name another --out.");
    }

    /// <summary>Today's date would make a run that was begun yesterday another one, so it keeps its own.</summary>
    private static DateOnly? DateOf(MeasurementSpecification measurement, RunMetadata? recorded) =>
        measurement.Chat ? measurement.Date ?? recorded?.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today) : null;

    private static RunMetadata Plan(RunPaths paths, RunMetadata asked, RunMetadata? recorded, MeasurerTeam team, IReadOnlyList<PackingWindow> windows, MeasureInputs inputs)
    {
        int[] starts = [.. windows.Select(window => window.First)];
        if (recorded is null)
            return asked with { TokenBudget = team.TokenBudget, Windows = starts, Weights = team.Weights, Devices = team.Devices };
        if (!recorded.Windows.SequenceEqual(starts.TakeWhile(start => start < recorded.End)) || !recorded.Weights.SequenceEqual(team.Weights))
            throw new InputException($"{paths.Metadata}: the plan in it is not the one that these inputs give, so its lines would not fit together; name another --out.");
        return recorded with { End = asked.End, DataHash = inputs.HashOf(recorded), Windows = starts, Devices = [.. recorded.Devices.Union(team.Devices)], Results = null };
    }
}
