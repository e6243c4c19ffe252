namespace LayerGrad.Studies;

/// <summary>What a cell would take.</summary>
/// <param name="Status">How far it is.</param>
/// <param name="Tokens">Tokens that are left to measure; null where the model or the data is not on this machine yet.</param>
/// <param name="Operations">Floating-point operations that they take, roughly; null likewise.</param>
public sealed record CellEstimate(CellStatus Status, long? Tokens, double? Operations);

/// <summary>What a study would take.</summary>
/// <param name="Cells">Its cells, in order.</param>
/// <param name="Memory">The memory budget of each process, in bytes.</param>
/// <param name="OperationsPerSecond">Floating-point operations a second of this machine, measured just now with products of matrices; NaN where nothing is left to measure.</param>
/// <param name="Downloads">What would be downloaded: models and data that are not on this machine, with their bytes where the source tells them.</param>
public sealed record StudyEstimate(IReadOnlyList<CellEstimate> Cells, long Memory, double OperationsPerSecond, IReadOnlyList<StudyDownload> Downloads)
{
    /// <summary>Tokens that are left to measure in the cells that could be counted.</summary>
    public long Tokens => Cells.Sum(cell => cell.Tokens ?? 0);

    /// <summary>How long they would take one process of this machine, roughly; null where no cell could be counted.</summary>
    public TimeSpan? Time => Cells.Sum(cell => cell.Operations ?? 0) / OperationsPerSecond is var seconds and > 0 and < 1e11 ? TimeSpan.FromSeconds(seconds) : null;
}

/// <summary>Something that would be downloaded.</summary>
/// <param name="Name">A model or a file.</param>
/// <param name="Bytes">Its size; null where it is not known before it is asked for.</param>
public sealed record StudyDownload(string Name, long? Bytes);
