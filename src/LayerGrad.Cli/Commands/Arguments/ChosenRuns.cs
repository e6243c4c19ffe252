using System.CommandLine;
using LayerGrad.Runs;

namespace LayerGrad.Cli.Commands;

/// <summary>The runs that a user named, by files, folders and patterns, with those that are not finished told or left out.</summary>
internal sealed class ChosenRuns
{
    private readonly IReadOnlyList<string> _runs;
    private readonly IReadOnlyList<string> _against;
    private readonly bool[] _isKept;
    private readonly bool[] _isAgainstKept;

    private ChosenRuns(IReadOnlyList<string> runs, IReadOnlyList<string> against, bool finishedOnly)
    {
        (_runs, _against) = (runs, against);
        var isPaired = against.Count == runs.Count && against.Count > 0;
        var (unfinished, unfinishedAgainst) = (Unfinished(runs), Unfinished(against));
        _isKept = [.. runs.Select((_, i) => !finishedOnly || (unfinished[i] is null && !(isPaired && unfinishedAgainst[i] is not null)))];
        _isAgainstKept = [.. against.Select((_, i) => !finishedOnly || (isPaired ? _isKept[i] : unfinishedAgainst[i] is null))];
        Notes = [.. Told(runs, unfinished, finishedOnly), .. Told(against, unfinishedAgainst, finishedOnly)];
    }

    /// <summary><c>--finished-only</c>.</summary>
    public static Option<bool> FinishedOnly() => new("--finished-only") { Description = "Leave out runs that are not finished." };

    /// <summary>Finds the runs.</summary>
    /// <param name="runs">Files, folders and patterns.</param>
    /// <param name="against">Those of <c>--against</c>.</param>
    /// <param name="finishedOnly">Whether runs that are not finished are left out; a pair is left out where either is not.</param>
    /// <exception cref="InputException">There is none, or none that is finished.</exception>
    public static ChosenRuns Find(string[] runs, string[]? against, bool finishedOnly)
    {
        var chosen = new ChosenRuns(RunFiles.Find(runs), RunFiles.Find(against ?? []), finishedOnly);
        if (chosen.Runs.Length == 0)
            throw new InputException($"--finished-only leaves no run: {string.Join("; ", chosen.Notes)}.");
        if (chosen._against.Count > 0 && chosen.Against.Length == 0)
            throw new InputException($"--finished-only leaves no run of --against: {string.Join("; ", chosen.Notes)}.");
        return chosen;
    }

    /// <summary>The run files.</summary>
    public string[] Runs => Kept(_runs, _isKept);

    /// <summary>The run files of <c>--against</c>.</summary>
    public string[] Against => Kept(_against, _isAgainstKept);

    /// <summary>A line for each run that is not finished.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Refuses an output that is a file of one of the runs, of those that are left out too.</summary>
    /// <param name="output">What <c>--out</c> names; null for the terminal.</param>
    /// <param name="others">What the command reads besides.</param>
    /// <exception cref="InputException">It is.</exception>
    public void RefuseAsOutput(string? output, params IEnumerable<string> others)
    {
        if (output is not null)
            OutputPlaces.Check("--out", [output], [.. RunPaths.AllOf(_runs.Concat(_against)), .. others]);
    }

    /// <summary>Prints the notes on standard error.</summary>
    public void Tell()
    {
        foreach (var note in Notes)
            Terminal.Tell($"note: {note}");
    }

    /// <summary>Of a value for each run, or for each run and each of <c>--against</c>, those of the runs that are kept; another number of them is left as it is.</summary>
    public string[] Pick(string[] values) =>
        values.Length == _runs.Count ? Kept(values, _isKept)
        : values.Length == _runs.Count + _against.Count ? Kept(values, [.. _isKept, .. _isAgainstKept])
        : values;

    private static RunProgress?[] Unfinished(IReadOnlyList<string> runs) => [.. runs.Select(RunProgress.OfUnfinished)];

    private static IEnumerable<string> Told(IReadOnlyList<string> runs, RunProgress?[] unfinished, bool finishedOnly) =>
        from run in runs.Zip(unfinished).Distinct()
        where run.Second is not null
        select $"{run.First} is not finished: {run.Second}{(finishedOnly ? "; it is left out" : "")}";

    private static string[] Kept(IReadOnlyList<string> values, bool[] isKept) => [.. values.Where((_, i) => isKept[i])];
}
