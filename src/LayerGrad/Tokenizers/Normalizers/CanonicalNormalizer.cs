namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Unicode's canonical normalisation forms NFC and NFD.</summary>
/// <param name="compose">True for NFC, false for NFD.</param>
internal sealed class CanonicalNormalizer(bool compose) : Normalizer
{
    public override TextPiece Apply(TextPiece piece)
    {
        if (CanonicalNormalization.IsUnaffected(piece.Span, compose))
            return piece;
        var rewriter = new TextRewriter(piece);
        foreach (var (codePoint, change) in CanonicalNormalization.Normalize(piece.Span, compose))
        {
            if (change > 0)
                rewriter.Insert(codePoint);
            else
                rewriter.Replace(codePoint, -change);
        }

        return rewriter.Finish();
    }
}
