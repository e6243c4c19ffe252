namespace LayerGrad.Data.Detailing;

/// <summary>How far the work is.</summary>
/// <param name="Done">Records that are settled, with a detailed response or without.</param>
/// <param name="Total">All records.</param>
/// <param name="TokensIn">Tokens of all prompts so far, earlier runs' too.</param>
/// <param name="TokensOut">Tokens of all responses so far.</param>
/// <param name="Cost">What they cost at the given prices.</param>
internal sealed record DetailProgress(int Done, int Total, long TokensIn, long TokensOut, decimal Cost);
