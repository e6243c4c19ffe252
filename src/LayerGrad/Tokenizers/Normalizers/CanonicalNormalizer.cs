namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Unicode's normalisation forms.</summary>
/// <param name="compose">True for NFC and NFKC, false for NFD and NFKD.</param>
/// <param name="compatibly">True for NFKC and NFKD.</param>
internal sealed class CanonicalNormalizer(bool compose, bool compatibly = false) : Normalizer
{
    public override TextPiece Apply(TextPiece piece)
    {
        if (CanonicalNormalization.IsUnaffected(piece.Span, compose, compatibly))
            return piece;
        return TextRewriter.Transform(piece, CanonicalNormalization.Normalize(piece.Span, compose, compatibly));
    }
}
