namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>Boundaries of extended grapheme clusters (UAX 29 of Unicode 16, rules GB1 to GB13; GB9c as Oniguruma, which lacks it).</summary>
internal static class GraphemeClusters
{
    private static readonly CodePointSet s_pictographic = CharacterProperties.Find("Extended_Pictographic")!;

    /// <summary>Where the cluster ends that begins at a position.</summary>
    public static int End(ReadOnlySpan<char> text, int position)
    {
        do
            position += UnicodeText.LengthAt(text, position);
        while (position < text.Length && !IsBoundary(text, position));
        return position;
    }

    /// <summary>Whether a position lies between two clusters, or at an end of the text.</summary>
    public static bool IsBoundary(ReadOnlySpan<char> text, int position)
    {
        if (position == 0 || position == text.Length)
            return true;
        var (before, after) = (CodeBefore(text, position), UnicodeText.CodePointAt(text, position));
        if (before < 0x300 && after < 0x300 && before is not ('\r' or 0xA9 or 0xAE or 0xAD) && after != 0xAD)
            return true;
        var (left, right) = (CharacterProperties.GraphemeClass(before), CharacterProperties.GraphemeClass(after));
        return (left, right) switch
        {
            ("cr", "lf") => false,
            ("cr" or "lf" or "control", _) or (_, "cr" or "lf" or "control") => true,
            ("l", "l" or "v" or "lv" or "lvt") or ("lv" or "v", "v" or "t") or ("lvt" or "t", "t") => false,
            (_, "extend" or "zwj" or "spacingmark") or ("prepend", _) => false,
            ("zwj", _) when s_pictographic.Contains(after) => !FollowsPictograph(text, position),
            ("regionalindicator", "regionalindicator") => RegionalsBefore(text, position) % 2 == 0,
            _ => true,
        };
    }

    private static int CodeBefore(ReadOnlySpan<char> text, int position) =>
        UnicodeText.CodePointAt(text, position >= 2 && char.IsLowSurrogate(text[position - 1]) && char.IsHighSurrogate(text[position - 2]) ? position - 2 : position - 1);

    /// <summary>Whether a pictograph and its extenders stand before the joiner before a position.</summary>
    private static bool FollowsPictograph(ReadOnlySpan<char> text, int position)
    {
        position--; // the joiner is one unit
        while (position > 0)
        {
            var code = CodeBefore(text, position);
            if (CharacterProperties.GraphemeClass(code) != "extend")
                return s_pictographic.Contains(code);
            position -= code > char.MaxValue ? 2 : 1;
        }

        return false;
    }

    private static int RegionalsBefore(ReadOnlySpan<char> text, int position)
    {
        var count = 0;
        while (position > 0 && CharacterProperties.GraphemeClass(CodeBefore(text, position)) == "regionalindicator")
        {
            count++;
            position -= 2;
        }

        return count;
    }
}
