namespace LayerGrad.Tokenizers.Patterns;

/// <summary>A well-known split pattern as a scanner written by hand: every character belongs to a match.</summary>
internal abstract class Scanner : SplitPattern
{
    public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = FindEnd(text, start);
            matches.Add(new PatternMatch(start, end));
            start = end;
        }
    }

    /// <summary>Where the match that starts at an index ends.</summary>
    protected abstract int FindEnd(ReadOnlySpan<char> text, int start);

    /// <summary>The end of the run of characters of one class, at most so many of them.</summary>
    protected static int SkipClass(ReadOnlySpan<char> text, int index, CharacterClass wanted, int atMost = int.MaxValue)
    {
        for (; atMost > 0 && index < text.Length && UnicodeText.ClassAt(text, index, out var length) == wanted; atMost--)
            index += length;
        return index;
    }

    /// <summary>The end of an English contraction (<c>'s 't 're 've 'm 'll 'd</c>) at an index, or the index itself.</summary>
    protected static int SkipContraction(ReadOnlySpan<char> text, int index, bool ignoreCase)
    {
        if (text[index] != '\'' || index + 1 == text.Length)
            return index;
        var first = Fold(text[index + 1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
            return index + 2;
        if (index + 2 == text.Length)
            return index;
        return (first, Fold(text[index + 2], ignoreCase)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? index + 3 : index;
    }

    /// <summary><c>\s+(?!\S)|\s+</c>: white space up to its end, or before the last one if a word follows.</summary>
    protected static int SkipSpaces(ReadOnlySpan<char> text, int index)
    {
        var end = SkipClass(text, index, CharacterClass.Space);
        return end == text.Length || end == index + 1 ? end : end - 1;
    }

    /// <summary>Lower case as far as contractions need it; U+017F, the long s, folds to s as in Oniguruma.</summary>
    private static char Fold(char unit, bool ignoreCase) => unit switch
    {
        >= 'A' and <= 'Z' when ignoreCase => (char)(unit | 0x20),
        '\u017F' when ignoreCase => 's',
        _ => unit,
    };
}
