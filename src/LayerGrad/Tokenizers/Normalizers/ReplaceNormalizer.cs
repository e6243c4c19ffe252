using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Replaces every match of a pattern by a text, which is aligned with the last character of the match.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="content">The text in place of each match.</param>
internal sealed class ReplaceNormalizer(SplitPattern pattern, string content) : Normalizer
{
    public override TextPiece Apply(TextPiece piece)
    {
        var matches = new List<PatternMatch>();
        pattern.FindMatches(piece.Span, matches);
        if (matches.Count == 0)
            return piece;
        var rewriter = new TextRewriter(piece);
        foreach (var match in matches)
        {
            rewriter.CopyUntil(match.Start);
            rewriter.SkipUntil(match.End);
            foreach (var rune in content.EnumerateRunes())
                rewriter.Insert(rune.Value);
        }

        return rewriter.Finish();
    }
}
