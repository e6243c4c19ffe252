using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Runs;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies;

/// <summary>Reads from a study's files how far it is.</summary>
internal static class StudyStatus
{
    /// <summary>The status of every cell, in the order of the study.</summary>
    public static IReadOnlyList<CellStatus> Read(Study study)
    {
        var counts = new Dictionary<string, int?>(StringComparer.Ordinal);
        return [.. study.Cells.Select(cell => Read(study, cell, counts))];
    }

    /// <summary>Whether every example of a unit is measured or skipped.</summary>
    internal static bool IsDone(StudyUnit unit) => Count(unit) is { } count && count.Done == count.Total;

    /// <summary>Whether nothing is left to do for a unit: a process that was killed behind its last line left what the run came to unwritten, or its lock there.</summary>
    internal static bool IsFinished(StudyUnit unit) =>
        RunDescription.Of(unit.Run) is { IsComplete: true } && !StudyFile.IsThere(new RunPaths(unit.Run).Lock) && IsDone(unit);

    /// <summary>Whether a process of this machine writes a unit's run.</summary>
    internal static bool IsLocked(StudyUnit unit)
    {
        var path = new RunPaths(unit.Run).Lock;
        if (!StudyFile.IsThere(path))
            return false;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false; // The writer ended, and its lock with it, since we looked.
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The file that holds the error of a unit's last attempt.</summary>
    internal static string ErrorOf(StudyUnit unit) => unit.Run[..^".jsonl".Length] + ".error.txt";

    private static CellStatus Read(Study study, StudyCell cell, Dictionary<string, int?> counts)
    {
        var units = StudyUnit.Of(study, cell);
        var read = units.Select(Count).ToList();
        var done = read.Sum(count => count?.Done ?? 0);
        var skipped = read.Sum(count => count?.Skipped ?? 0);
        var complete = read.TrueForAll(count => count is not null && count.Value.Done == count.Value.Total);
        var total = complete ? done : TotalOf(study, cell, counts);
        if (complete && done > 0 && skipped == done)
            return new CellStatus(cell, CellState.Failed, done, total, skipped, "every example was skipped; the reasons are in *.skipped.jsonl beside the run");
        var error = units.Select(ErrorOf).FirstOrDefault(File.Exists);
        var state = complete ? units is [{ Shard: null }] ? CellState.Done : CellState.Measured
            : units.Any(IsLocked) ? CellState.Running
            : error is not null ? CellState.Failed
            : done > 0 ? CellState.Begun
            : CellState.Waiting;
        return new CellStatus(cell, state, done, total, skipped, state == CellState.Failed ? File.ReadAllText(error!).Trim() : null);
    }

    private static (int Done, int Total, int Skipped)? Count(StudyUnit unit)
    {
        var paths = new RunPaths(unit.Run);
        if (!File.Exists(paths.Metadata))
            return null;
        var metadata = RunMetadata.Read(paths.Metadata);
        var state = RunState.Read(paths, metadata);

        // Killed between its last line and its products, a run with noise is measured again.
        var missing = metadata.Measurement.Noise && state.Measured.Count > 0 && !File.Exists(paths.Noise) ? 1 : 0;
        return (state.Done - missing, metadata.Positions().Count(), state.Skipped.Count);
    }

    /// <summary>The examples of a cell's data under its range and limit; null while the file is not there.</summary>
    internal static int? TotalOf(Study study, StudyCell cell, Dictionary<string, int?> counts)
    {
        var path = cell.Data.Path;
        if (!counts.TryGetValue(path, out var count))
            counts[path] = count = Count(study.MeasureOf(cell.Dataset), path);
        return count;
    }

    private static int? Count(MeasureRunOptions options, string path)
    {
        if (!StudyFile.IsThere(path))
            return null;
        try
        {
            var (first, end) = (options with { Data = path }).Select(Dataset.Count(DatasetSource.OnDisk(path)));
            return end - first;
        }
        catch (InputException)
        {
            return null; // A status must not fail on one broken file; the run that reads it says what is wrong.
        }
    }
}
