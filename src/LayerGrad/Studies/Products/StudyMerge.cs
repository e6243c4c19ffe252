
using LayerGrad.Measuring.Packing;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Products;

/// <summary>Joins the shards of cells.</summary>
internal static class StudyMerge
{
    /// <summary>Merges a cell's shards into its run once all of them are complete. The shards stay.</summary>
    /// <returns>Whether the cell is complete.</returns>
    public static bool MergeIfMeasured(Study study, StudyCell cell, IStudyObserver observer)
    {
        var units = StudyUnit.Of(study, cell);
        if (!units.All(StudyStatus.IsDone))
            return false;
        if (units is [{ Shard: null }])
            return true;
        var run = study.RunOf(cell);
        Directory.CreateDirectory(Path.GetDirectoryName(run)!);
        ShardMerge.Merge([.. units.Select(unit => unit.Run)], run);
        observer.Note($"merged {units.Count} shards of {cell.Id}");
        return true;
    }
}
