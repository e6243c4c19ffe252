using LayerGrad.Measuring;
using LayerGrad.Studies;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Cli.Progress;

/// <summary>Shows a study while it goes on: a line for each run that begins, ends or fails, on standard error.</summary>
/// <param name="quiet">Whether only failures are shown.</param>
internal sealed class StudyDisplay(bool quiet) : IStudyObserver
{
    public IMeasureObserver? Begins(StudyUnit unit)
    {
        if (quiet)
            return null;
        Terminal.Tell(Name(unit));
        return new LogDisplay(Console.Error, TimeProvider.System);
    }

    public void Completed(StudyUnit unit, MeasureSummary summary)
    {
        if (!quiet)
            Terminal.Tell($"{Name(unit)}: {Wording.Of(summary.Measured, "example")} measured, {summary.Skipped.Sum(skip => skip.Count)} skipped, in {Wording.Time(summary.Elapsed)}");
    }

    public void Failed(StudyUnit unit, string error) => Terminal.Tell($"{Name(unit)}: failed: {error}");

    public void Note(string line)
    {
        if (!quiet)
            Terminal.Tell(line);
    }

    private static string Name(StudyUnit unit) => unit.Shard is { } shard ? $"{unit.Cell.Id} (shard {shard.Index + 1} of {shard.Count})" : unit.Cell.Id;
}
