using LayerGrad.Examples;

namespace LayerGrad.Runs.Measurements;

/// <summary>An example that is ready to be measured, or the reason for which it will not be.</summary>
/// <param name="Example">The example.</param>
/// <param name="Tokens">Its tokens; null where it is skipped.</param>
/// <param name="SkipReason">Why it is skipped; null where it is measured.</param>
internal sealed record EncodedExample(Example Example, TokenizedExample? Tokens, string? SkipReason)
{
    /// <summary>Tokens of the example; 0 where it is skipped.</summary>
    public int Length => Tokens?.Ids.Length ?? 0;
}
