namespace LayerGrad.Tokenizers.Patterns;

/// <summary>A fixed text.</summary>
internal sealed class LiteralPattern(string literal) : SplitPattern
{
    public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        if (literal.Length == 0)
            return;
        for (var start = 0; ;)
        {
            var found = text[start..].IndexOf(literal, StringComparison.Ordinal);
            if (found < 0)
                return;
            matches.Add(new PatternMatch(start + found, start + found + literal.Length));
            start += found + literal.Length;
        }
    }
}
