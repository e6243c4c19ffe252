namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Writes a prefix in front of text that is not empty; the prefix is aligned with the first character.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override TextPiece Apply(TextPiece piece) => Prepend(piece, prefix);

    /// <summary>The piece with a prefix; an empty piece stays empty.</summary>
    public static TextPiece Prepend(TextPiece piece, string prefix)
    {
        if (piece.Length == 0 || prefix.Length == 0)
            return piece;
        var first = UnicodeText.CodePointAt(piece.Span, 0);
        var rewriter = new TextRewriter(piece);
        var isFirst = true;
        foreach (var rune in prefix.EnumerateRunes())
        {
            if (isFirst)
                rewriter.Replace(rune.Value);
            else
                rewriter.Insert(rune.Value);
            isFirst = false;
        }

        rewriter.Insert(first);
        return rewriter.Finish();
    }
}
