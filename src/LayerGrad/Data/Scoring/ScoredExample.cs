using LayerGrad.Examples;

namespace LayerGrad.Data.Scoring;

/// <summary>An example with its score, or why it has none.</summary>
/// <param name="Example">The example.</param>
/// <param name="Tokens">Tokens of prompt and response together; 0 where it did not become tokens.</param>
/// <param name="ResponseTokens">Tokens of the response.</param>
/// <param name="Loss">The loss of the response after the instruction, in nats; NaN where it has none.</param>
/// <param name="LossAlone">The loss of the response without the instruction; NaN where it has none or was not asked for.</param>
/// <param name="By">What it is scored by.</param>
/// <param name="Reason">Why it has no score; null where it has.</param>
internal sealed record ScoredExample(Example Example, int Tokens, int ResponseTokens, double Loss, double LossAlone, ScoreKind By, string? Reason)
{
    /// <summary>Its score; NaN where it has none.</summary>
    public double Score => Reason is not null ? double.NaN : By == ScoreKind.Loss ? Loss : Loss / LossAlone;
}
