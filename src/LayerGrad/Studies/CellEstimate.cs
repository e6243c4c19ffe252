namespace LayerGrad.Studies;

/// <summary>What a cell would take.</summary>
/// <param name="Status">How far it is.</param>
/// <param name="Tokens">Tokens that are left to measure; null where the model or the data is not on this machine yet.</param>
/// <param name="Time">About how long they would take one process of this machine; null likewise.</param>
internal sealed record CellEstimate(CellStatus Status, long? Tokens, TimeSpan? Time);
