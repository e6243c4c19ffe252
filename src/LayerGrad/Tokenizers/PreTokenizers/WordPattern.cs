using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>The words of <c>Whitespace</c>: <c>\w+|[^\w\s]+</c> with the meaning of Rust's regular expressions.</summary>
internal sealed class WordPattern : SplitPattern
{
    private enum Kind
    {
        Space,
        Word,
        Other,
    }

    public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        for (var start = 0; start < text.Length;)
        {
            var kind = KindAt(text, start);
            var end = start + UnicodeText.LengthAt(text, start);
            while (end < text.Length && KindAt(text, end) == kind)
                end += UnicodeText.LengthAt(text, end);
            if (kind != Kind.Space)
                matches.Add(new PatternMatch(start, end));
            start = end;
        }
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index)
    {
        var codePoint = UnicodeText.CodePointAt(text, index);
        return UnicodeText.IsWordCharacter(codePoint) ? Kind.Word : UnicodeText.IsWhiteSpace(codePoint) ? Kind.Space : Kind.Other;
    }
}
