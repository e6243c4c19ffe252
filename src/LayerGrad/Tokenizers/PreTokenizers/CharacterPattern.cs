using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>Matches single characters of a kind.</summary>
/// <param name="isMatch">Whether a code point is of that kind.</param>
internal sealed class CharacterPattern(Func<int, bool> isMatch) : SplitPattern
{
    /// <summary>White space.</summary>
    public static CharacterPattern WhiteSpace { get; } = new(UnicodeText.IsWhiteSpace);

    /// <summary>All punctuation and symbols of ASCII, and the punctuation of Unicode.</summary>
    public static CharacterPattern Punctuation { get; } = new(
        codePoint => codePoint < 0x80 ? codePoint > ' ' && codePoint < 0x7F && !char.IsAsciiLetterOrDigit((char)codePoint) : LibraryCharacters.Punctuation.Contains(codePoint));

    /// <summary>Every boundary between characters, and both ends: what an empty pattern matches.</summary>
    public static SplitPattern Nothing { get; } = new EmptyPattern();

    public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        for (int i = 0, length; i < text.Length; i += length)
        {
            length = UnicodeText.LengthAt(text, i);
            if (isMatch(UnicodeText.CodePointAt(text, i)))
                matches.Add(new PatternMatch(i, i + length));
        }
    }

    private sealed class EmptyPattern : SplitPattern
    {
        public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
        {
            for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
                matches.Add(new PatternMatch(i, i));
            matches.Add(new PatternMatch(text.Length, text.Length));
        }
    }
}
