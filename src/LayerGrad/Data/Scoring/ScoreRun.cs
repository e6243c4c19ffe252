using System.Diagnostics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Data.Scoring;

/// <summary>Scores examples by forward passes of a model.</summary>
internal static class ScoreRun
{
    /// <summary>Scores the examples that the options name, and writes a line for each.</summary>
    /// <param name="options">What to score.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancel">Ends it between two batches; nothing is written.</param>
    /// <exception cref="InputException">An option, an input or the output is wrong; nothing was changed.</exception>
    public static ScoreSummary Execute(ScoreOptions options, IMeasureObserver? observer = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var clock = Stopwatch.StartNew();
        var measure = options.Measure;
        using var held = RunLock.TakeFor(measure.Out);
        using var inputs = MeasureInputs.Open(measure, measure.Out, ScoreMetadata.PathOf(measure.Out));
        var date = measure.Measurement.Date ?? DateOnly.FromDateTime(DateTime.Today);
        var encoded = inputs.Examples.Select(inputs.CreateEncoder(date)).ToList();
        cancel.ThrowIfCancellationRequested();
        var tokenizer = inputs.Model.LoadTokenizer(measure.Measurement.TokenizerRules);
        var work = new ScoreWork(options.By, encoded, tokenizer.BosToken is { } token ? tokenizer.TokenToId(token) : null);
        using var losses = new ScoreLosses(inputs.Model, measure);
        observer?.Started(new MeasurePlan(
            encoded.Count, 0, work.Tokens, work.Batches(losses.TokenBudget).Count(), losses.TokenBudget, 0, losses.Device, losses.Plan)
        {
            WeightNotes = inputs.Identity.WeightNotes,
        });
        Measure(work, losses, observer, cancel);
        var scored = Enumerable.Range(0, encoded.Count).Select(work.Scored).ToList();
        WholeFile.Write(measure.Out, file =>
        {
            foreach (var example in scored)
                file.Write(ScoreLine.Write(example));
            ScoreMetadata.Write(options, inputs.Identity with { Measurement = measure.Measurement with { Date = measure.Measurement.Chat ? date : null } }, scored, losses.Device);
        });
        return new ScoreSummary(
            measure.Out,
            [.. scored.Select(example => example.Score).Where(double.IsFinite).Order()],
            [.. scored.Where(example => example.Reason is not null).GroupBy(example => example.Reason!, StringComparer.Ordinal)
                .Select(group => (group.Key, group.Count())).OrderByDescending(entry => entry.Item2).ThenBy(entry => entry.Key, StringComparer.Ordinal)],
            work.Tokens,
            clock.Elapsed);
    }

    private static void Measure(ScoreWork work, ScoreLosses losses, IMeasureObserver? observer, CancellationToken cancel)
    {
        var (tokens, done) = (0L, 0);
        foreach (var batch in work.Batches(losses.TokenBudget))
        {
            cancel.ThrowIfCancellationRequested();
            var found = losses.Of([.. batch.Select(static sequence => sequence.Packed)], cancel);
            for (var i = 0; i < batch.Count; i++)
                work.Set(batch[i], found[i].Loss, found[i].Reason);
            tokens += batch.Sum(sequence => (long)sequence.Length);
            done = batch[^1].Example;
            observer?.Advanced(new MeasureProgress(done, 0, tokens));
        }

        observer?.Advanced(new MeasureProgress(work.Examples, 0, tokens));
    }
}
