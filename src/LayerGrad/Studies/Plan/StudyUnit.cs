using System.Globalization;
using System.Text.RegularExpressions;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Studies.Plan;

/// <summary>What one process works on: a cell, or a shard of one.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Run">The run file that is written.</param>
/// <param name="Shard">Which part of the cell; null for all of it.</param>
internal sealed partial record StudyUnit(StudyCell Cell, string Run, Shard? Shard)
{
    /// <summary>
    /// The units of a cell. One that was begun keeps its division; a new one is divided as asked.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="cell">The cell.</param>
    /// <param name="shards">How many shards a cell that was not begun is divided into.</param>
    public static IReadOnlyList<StudyUnit> Of(Study study, StudyCell cell, int shards = 1)
    {
        var run = study.RunOf(cell);
        var whole = Whole(study, cell);
        var begun = ShardsBegun(study, cell);

        // A merge that was killed leaves the run's metadata without its lines: the shards are still what counts.
        if (begun is null ? File.Exists(new RunPaths(run).Metadata) : StudyStatus.IsDone(whole))
            return [whole];
        var count = begun ?? shards;
        if (count > 1 && study.Measure.Measurement.Noise)
            throw new InputException($"{study.Path}: noise compares all examples of a run, and a shard has none of the others'; leave 'noise' out of measure, or take one shard a run.");
        return count == 1
            ? [whole]
            : [.. Enumerable.Range(0, count).Select(i => ShardOf(study, cell, new Shard(i, count)))];
    }

    /// <summary>A cell as one unit.</summary>
    internal static StudyUnit Whole(Study study, StudyCell cell) => new(cell, study.RunOf(cell), null);

    /// <summary>One shard of a cell.</summary>
    internal static StudyUnit ShardOf(Study study, StudyCell cell, Shard shard) => new(
        cell,
        Path.Combine(study.Folder, "shards", cell.Id.Replace('/', Path.DirectorySeparatorChar) + string.Create(CultureInfo.InvariantCulture, $".{shard.Index}-of-{shard.Count}.jsonl")),
        shard);

    private static int? ShardsBegun(Study study, StudyCell cell)
    {
        var folder = Path.GetDirectoryName(ShardOf(study, cell, new Shard(0, 1)).Run)!;
        if (!Directory.Exists(folder))
            return null;
        var stem = Path.GetFileName(study.RunOf(cell))[..^".jsonl".Length] + ".";
        return Directory.EnumerateFiles(folder, stem + "*.meta.json")
            .Select(path => ShardName().Match(Path.GetFileName(path)[stem.Length..]))
            .Where(match => match.Success)
            .Select(match => (int?)int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture))
            .FirstOrDefault();
    }

    [GeneratedRegex(@"^\d+-of-(?<count>\d+)\.meta\.json$", RegexOptions.ExplicitCapture)]
    private static partial Regex ShardName();
}
