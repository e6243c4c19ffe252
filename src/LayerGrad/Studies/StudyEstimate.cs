using LayerGrad.Studies.Datasets;

namespace LayerGrad.Studies;

/// <summary>What a study would take.</summary>
/// <param name="Cells">Its cells, in order.</param>
/// <param name="Memory">The memory budget of each process, in bytes.</param>
/// <param name="Downloads">What would be downloaded: models and data that are not on this machine.</param>
internal sealed record StudyEstimate(IReadOnlyList<CellEstimate> Cells, long Memory, IReadOnlyList<StudyDownload> Downloads)
{
    /// <summary>Tokens that are left to measure in the cells that could be counted.</summary>
    public long Tokens => Cells.Sum(cell => cell.Tokens ?? 0);

    /// <summary>About how long they would take one process of this machine.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(Cells.Sum(cell => cell.Time?.TotalSeconds ?? 0));
}
