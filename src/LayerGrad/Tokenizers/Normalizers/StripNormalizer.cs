namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Takes the white space off the ends of the text.</summary>
/// <param name="left">Whether off its beginning.</param>
/// <param name="right">Whether off its end.</param>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override TextPiece Apply(TextPiece piece)
    {
        var text = piece.Span;
        var start = left ? text.Length - text.TrimStart().Length : 0;
        var end = right ? Math.Max(text.TrimEnd().Length, start) : text.Length;
        return start == 0 && end == text.Length ? piece : piece.Slice(start, end - start);
    }
}
