namespace LayerGrad.Runs;

/// <summary>An example that a run could not measure, from <c>RUN.skipped.jsonl</c>.</summary>
/// <param name="Index">Its position in the dataset.</param>
/// <param name="Reason">Why.</param>
internal sealed record SkippedExample(int Index, string Reason);
