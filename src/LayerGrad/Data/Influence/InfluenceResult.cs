using LayerGrad.Runs.Kernels;

namespace LayerGrad.Data.Influence;

/// <summary>Training examples ranked for a query.</summary>
/// <param name="Options">What was asked for.</param>
/// <param name="Groups">The names of the groups, all weights first.</param>
/// <param name="QueryExamples">Examples in the query's mean gradient.</param>
/// <param name="QueryNorms">The norm of that mean gradient, of each group.</param>
/// <param name="Scores">The training examples, the most helpful first.</param>
/// <param name="Skipped">Examples without a score, and why.</param>
/// <param name="Check">How well examples with another's answer are found; null where none were exchanged.</param>
/// <param name="Notes">What a reader must know.</param>
internal sealed record InfluenceResult(
    InfluenceOptions Options,
    IReadOnlyList<string> Groups,
    int QueryExamples,
    IReadOnlyList<double> QueryNorms,
    IReadOnlyList<InfluenceScore> Scores,
    IReadOnlyList<KernelSkip> Skipped,
    MislabelCheck? Check,
    IReadOnlyList<string> Notes)
{
    /// <summary>The number by which the examples are ranked.</summary>
    internal double RankOf(InfluenceScore score) => Options.ByProduct ? score.Products[0] : score.Cosines[0];
}
