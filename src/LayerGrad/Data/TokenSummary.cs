namespace LayerGrad.Data;

/// <summary>A dataset in tokens, under a maximum length.</summary>
/// <param name="MaxLength">The largest number of tokens that is measured.</param>
/// <param name="Total">Tokens of instruction, line feed and output together, before truncation.</param>
/// <param name="Output">Tokens of them that belong to the output.</param>
/// <param name="Truncated">Records that are longer than the maximum.</param>
/// <param name="NothingLeft">Records of which truncation leaves no token of the output: they cannot be measured.</param>
internal sealed record TokenSummary(int MaxLength, LengthSummary Total, LengthSummary Output, int Truncated, int NothingLeft);
