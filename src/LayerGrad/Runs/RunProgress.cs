using System.Globalization;
using LayerGrad.Runs.Lines;

namespace LayerGrad.Runs;

/// <summary>How much there is of a run that is not complete.</summary>
/// <param name="Done">Examples that are there, measured or skipped.</param>
/// <param name="Planned">Examples that were asked for.</param>
internal sealed record RunProgress(int Done, int Planned)
{
    /// <summary>How much there is of a run; null where it is complete, or where that cannot be told: a probe's run, or a file without metadata.</summary>
    /// <param name="run"><c>RUN.jsonl</c>.</param>
    /// <exception cref="InputException">The metadata are not a JSON object, or the run cannot be read.</exception>
    public static RunProgress? OfUnfinished(string run)
    {
        if (RunDescription.Of(run) is not { IsComplete: false, PlannedExamples: { } planned })
            return null;
        var (lines, isProbe) = Count(run);
        var done = lines + Count(new RunPaths(run).Skipped).Lines;
        return isProbe || done >= planned ? null : new RunProgress(done, planned);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Done} of {Planned} examples are there");

    /// <summary>The whole lines of a file, and whether they are a probe's, which has each example once a step.</summary>
    private static (int Lines, bool IsProbe) Count(string path)
    {
        if (!File.Exists(path))
            return (0, false);
        using var lines = new Utf8LineReader(path, wholeLines: true);
        var (count, isProbe) = (0, false);
        for (; lines.TryRead(out var line); count++)
            isProbe |= count == 0 && JsonLine.Has(line, RunKeys.Step);
        return (count, isProbe);
    }
}
