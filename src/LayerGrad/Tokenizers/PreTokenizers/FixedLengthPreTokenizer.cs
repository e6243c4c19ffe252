namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>Cuts a text every so many characters.</summary>
/// <param name="length">The number of characters, above 0.</param>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    public override void Split(TextPiece piece, List<TextPiece> parts)
    {
        var text = piece.Span;
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = start;
            for (var count = 0; count < length && end < text.Length; count++)
                end += UnicodeText.LengthAt(text, end);
            parts.Add(piece.Slice(start, end - start));
        }
    }
}
