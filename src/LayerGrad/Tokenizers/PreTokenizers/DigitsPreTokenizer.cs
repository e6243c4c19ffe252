using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>Splits numbers (<c>\p{N}</c>) from the text around them.</summary>
/// <param name="individual">Whether each digit is a part of its own.</param>
internal sealed class DigitsPreTokenizer(bool individual) : PreTokenizer
{
    private readonly SplitPreTokenizer _split = new(new DigitPattern(), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false);

    public override void Split(TextPiece piece, List<TextPiece> parts) => _split.Split(piece, parts);

    private sealed class DigitPattern : SplitPattern
    {
        public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
        {
            int length;
            for (var i = 0; i < text.Length; i += length)
            {
                if (UnicodeText.ClassAt(text, i, out length) == CharacterClass.Number)
                    matches.Add(new PatternMatch(i, i + length));
            }
        }
    }
}
