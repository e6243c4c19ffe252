namespace LayerGrad.Data.Scoring;

/// <summary>What a scoring came to.</summary>
/// <param name="Path">The file of scores.</param>
/// <param name="Scores">The scores, ascending.</param>
/// <param name="Unscored">Why examples have none: how many for each reason, the most frequent first.</param>
/// <param name="Tokens">Tokens that the model saw.</param>
/// <param name="Elapsed">How long it took, the loading of the model included.</param>
internal sealed record ScoreSummary(string Path, IReadOnlyList<double> Scores, IReadOnlyList<(string Reason, int Count)> Unscored, long Tokens, TimeSpan Elapsed);
