using LayerGrad.Measuring;
using LayerGrad.Studies;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Cli.Progress;

/// <summary>Shows a study while it goes on: a line for each run that begins, ends or fails, on standard error.</summary>
/// <param name="quiet">Whether only failures are shown.</param>
/// <param name="plain">Whether this process is one of several, whose lines go into a log.</param>
internal sealed class StudyDisplay(bool quiet, bool plain) : IStudyObserver
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    public IMeasureObserver? Begins(StudyUnit unit)
    {
        if (quiet)
            return null;
        Console.Error.WriteLine(Name(unit));
        return new LogDisplay(Console.Error, TimeProvider.System, plain ? s_interval * 6 : s_interval);
    }

    public void Completed(StudyUnit unit, MeasureSummary summary)
    {
        if (!quiet)
            Console.Error.WriteLine($"{Name(unit)}: {Wording.Of(summary.Measured, "example")} measured, {summary.Skipped.Sum(skip => skip.Count)} skipped, in {Wording.Time(summary.Elapsed)}");
    }

    public void Failed(StudyUnit unit, string error) => Console.Error.WriteLine($"{Name(unit)}: failed: {error}");

    public void Note(string line)
    {
        if (!quiet)
            Console.Error.WriteLine(line);
    }

    private static string Name(StudyUnit unit) => unit.Shard is { } shard ? $"{unit.Cell.Id} (shard {shard.Index + 1} of {shard.Count})" : unit.Cell.Id;
}
