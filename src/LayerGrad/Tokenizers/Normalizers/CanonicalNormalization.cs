namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>
/// NFC, NFD, NFKC and NFKD (Unicode Standard Annex 15). The runtime's <c>string.Normalize</c> leaves text alone in invariant mode,
/// and otherwise needs ICU on the machine; token ids must depend on neither.
/// </summary>
internal static class CanonicalNormalization
{
    /// <summary>The first vowel of Hangul.</summary>
    public const int HangulVowels = 0x1161;

    /// <summary>The code point before the first trailing consonant of Hangul.</summary>
    public const int HangulTrailing = 0x11A7;

    /// <summary>How many trailing consonants there are, none included.</summary>
    public const int TrailingCount = 28;

    private const int HangulSyllables = 0xAC00;
    private const int HangulLeading = 0x1100;
    private const int LeadingCount = 19;
    private const int VowelCount = 21;
    private const int SyllableCount = LeadingCount * VowelCount * TrailingCount;

    private static readonly NormalizationTables s_data = NormalizationTables.Load();

    /// <summary>Whether a text certainly stays as it is; false where only the algorithm itself can tell.</summary>
    /// <param name="text">The text.</param>
    /// <param name="compose">True for NFC and NFKC, false for NFD and NFKD.</param>
    /// <param name="compatibly">True for NFKC and NFKD.</param>
    public static bool IsUnaffected(ReadOnlySpan<char> text, bool compose, bool compatibly = false)
    {
        var limit = compose && !compatibly ? (char)(NormalizationTables.FirstAffected - 1) : '\u007F';
        var start = text.IndexOfAnyExceptInRange('\0', limit);
        if (start < 0)
            return true;
        for (var i = start; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var codePoint = UnicodeText.CodePointAt(text, i);
            if (compose ? s_data.MayChangeComposed(codePoint, compatibly) : MayChangeDecomposed(codePoint, compatibly))
                return false;
        }

        return true;
    }

    /// <summary>
    /// The normalised characters, each with what it is in terms of the source: 0 replaces the next source character,
    /// 1 is inserted, −n replaces the next one and swallows n more.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="compose">True for NFC and NFKC, false for NFD and NFKD.</param>
    /// <param name="compatibly">True for NFKC and NFKD.</param>
    public static List<(int CodePoint, int Change)> Normalize(ReadOnlySpan<char> text, bool compose, bool compatibly = false)
    {
        var characters = Decompose(text, compatibly);
        return compose ? Compose(characters) : characters;
    }

    private static bool MayChangeDecomposed(int codePoint, bool compatibly) =>
        codePoint - HangulSyllables is >= 0 and < SyllableCount || s_data.Decomposition(codePoint, compatibly) is not null || s_data.CombiningClass(codePoint) != 0;

    private static List<(int CodePoint, int Change)> Decompose(ReadOnlySpan<char> text, bool compatibly)
    {
        var result = new List<(int CodePoint, int Change)>(text.Length + 8);
        for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var first = result.Count;
            AppendDecomposition(UnicodeText.CodePointAt(text, i), compatibly, result);
            for (var k = first + 1; k < result.Count; k++)
                result[k] = (result[k].CodePoint, 1);
        }

        Reorder(result);
        return result;
    }

    private static void AppendDecomposition(int codePoint, bool compatibly, List<(int CodePoint, int Change)> result)
    {
        var syllable = codePoint - HangulSyllables;
        if (syllable is >= 0 and < SyllableCount)
        {
            result.Add((HangulLeading + syllable / (VowelCount * TrailingCount), 0));
            result.Add((HangulVowels + syllable / TrailingCount % VowelCount, 0));
            if (syllable % TrailingCount != 0)
                result.Add((HangulTrailing + syllable % TrailingCount, 0));
        }
        else if (s_data.Decomposition(codePoint, compatibly) is { } parts)
        {
            foreach (var part in parts)
                AppendDecomposition(part, compatibly, result);
        }
        else
        {
            result.Add((codePoint, 0));
        }
    }

    /// <summary>Sorts each run of combining marks by combining class; equal classes keep their order.</summary>
    private static void Reorder(List<(int CodePoint, int Change)> characters)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            if (s_data.CombiningClass(characters[start].CodePoint) == 0)
                continue;
            var end = start + 1;
            var isSorted = true;
            for (int current, previous = s_data.CombiningClass(characters[start].CodePoint); end < characters.Count; end++, previous = current)
            {
                current = s_data.CombiningClass(characters[end].CodePoint);
                if (current == 0)
                    break;
                isSorted &= previous <= current;
            }

            if (!isSorted)
            {
                var sorted = characters.GetRange(start, end - start).OrderBy(character => s_data.CombiningClass(character.CodePoint)).ToList();
                for (var i = 0; i < sorted.Count; i++)
                    characters[start + i] = sorted[i];
            }

            start = end;
        }
    }

    private static List<(int CodePoint, int Change)> Compose(List<(int CodePoint, int Change)> characters)
    {
        var result = new List<(int CodePoint, int Change)>(characters.Count);
        var starter = -1;
        var lastClass = -1; // of the characters kept since the starter; −1 where it is the last one
        foreach (var (codePoint, change) in characters)
        {
            var combining = s_data.CombiningClass(codePoint);
            var blocked = lastClass >= combining && lastClass != -1;
            if (starter >= 0 && !blocked && Compose(result[starter].CodePoint, codePoint) is var composite and >= 0)
            {
                // One character fewer than the two that went in.
                result[starter] = (composite, result[starter].Change + change - 1);
                continue;
            }

            if (combining == 0)
            {
                starter = result.Count;
                lastClass = -1;
            }
            else
            {
                lastClass = combining;
            }

            result.Add((codePoint, change));
        }

        return result;
    }

    private static int Compose(int first, int second)
    {
        var leading = first - HangulLeading;
        var vowel = second - HangulVowels;
        if (leading is >= 0 and < LeadingCount && vowel is >= 0 and < VowelCount)
            return HangulSyllables + (leading * VowelCount + vowel) * TrailingCount;
        var syllable = first - HangulSyllables;
        var trailing = second - HangulTrailing;
        if (syllable is >= 0 and < SyllableCount && syllable % TrailingCount == 0 && trailing is > 0 and < TrailingCount)
            return first + trailing;
        return s_data.Composition(first, second);
    }
}
