namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Changes text before it is split.</summary>
internal abstract class Normalizer
{
    /// <summary>The normalised piece, aligned with the same user's text.</summary>
    public abstract TextPiece Apply(TextPiece piece);
}
