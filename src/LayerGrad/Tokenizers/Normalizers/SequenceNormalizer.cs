namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>One normalizer after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override TextPiece Apply(TextPiece piece)
    {
        foreach (var step in steps)
            piece = step.Apply(piece);
        return piece;
    }
}
