using System.Globalization;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>
/// NFC and NFD (Unicode Standard Annex 15). The runtime's <c>string.Normalize</c> leaves text alone in invariant mode, and
/// otherwise needs ICU on the machine; token ids must depend on neither.
/// </summary>
internal static class CanonicalNormalization
{
    private const int HangulSyllables = 0xAC00;
    private const int HangulLeading = 0x1100;
    private const int HangulVowels = 0x1161;
    private const int HangulTrailing = 0x11A7;
    private const int VowelCount = 21;
    private const int TrailingCount = 28;
    private const int SyllableCount = 19 * VowelCount * TrailingCount;

    /// <summary>Below this code point no character composes with the one before it or is reordered.</summary>
    private const int FirstAffected = 0x300;

    private static readonly Tables Data = Tables.Load();

    /// <summary>Whether a text certainly stays as it is; false where only the algorithm itself can tell.</summary>
    /// <param name="text">The text.</param>
    /// <param name="compose">True for NFC, false for NFD.</param>
    public static bool IsUnaffected(ReadOnlySpan<char> text, bool compose)
    {
        var limit = compose ? (char)(FirstAffected - 1) : '\u007F';
        var start = text.IndexOfAnyExceptInRange('\0', limit);
        if (start < 0)
            return true;
        for (var i = start; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var codePoint = UnicodeText.CodePointAt(text, i);
            if (compose ? Data.MayChangeComposed.Contains(codePoint) : Data.MayChangeDecomposed(codePoint))
                return false;
        }

        return true;
    }

    /// <summary>
    /// The normalised characters, each with what it is in terms of the source: 0 replaces the next source character,
    /// 1 is inserted, −n replaces the next one and swallows n more.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="compose">True for NFC, false for NFD.</param>
    public static List<(int CodePoint, int Change)> Normalize(ReadOnlySpan<char> text, bool compose)
    {
        var characters = Decompose(text);
        return compose ? Compose(characters) : characters;
    }

    private static List<(int CodePoint, int Change)> Decompose(ReadOnlySpan<char> text)
    {
        var result = new List<(int CodePoint, int Change)>(text.Length + 8);
        for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var first = result.Count;
            AppendDecomposition(UnicodeText.CodePointAt(text, i), result);
            for (var k = first + 1; k < result.Count; k++)
                result[k] = (result[k].CodePoint, 1);
        }

        Reorder(result);
        return result;
    }

    private static void AppendDecomposition(int codePoint, List<(int CodePoint, int Change)> result)
    {
        var syllable = codePoint - HangulSyllables;
        if (syllable is >= 0 and < SyllableCount)
        {
            result.Add((HangulLeading + syllable / (VowelCount * TrailingCount), 0));
            result.Add((HangulVowels + syllable / TrailingCount % VowelCount, 0));
            if (syllable % TrailingCount != 0)
                result.Add((HangulTrailing + syllable % TrailingCount, 0));
        }
        else if (Data.Decompositions.TryGetValue(codePoint, out var parts))
        {
            AppendDecomposition(parts.First, result);
            if (parts.Second >= 0)
                result.Add((parts.Second, 0));
        }
        else
        {
            result.Add((codePoint, 0));
        }
    }

    /// <summary>Sorts each run of combining marks by combining class; equal classes keep their order.</summary>
    private static void Reorder(List<(int CodePoint, int Change)> characters)
    {
        for (var i = 1; i < characters.Count; i++)
        {
            var current = characters[i];
            var combining = Data.CombiningClass(current.CodePoint);
            if (combining == 0)
                continue;
            var k = i;
            for (; k > 0 && Data.CombiningClass(characters[k - 1].CodePoint) > combining; k--)
                characters[k] = characters[k - 1];
            characters[k] = current;
        }
    }

    private static List<(int CodePoint, int Change)> Compose(List<(int CodePoint, int Change)> characters)
    {
        var result = new List<(int CodePoint, int Change)>(characters.Count);
        var starter = -1;
        var lastClass = -1; // of the characters kept since the starter; −1 where it is the last one
        foreach (var (codePoint, change) in characters)
        {
            var combining = Data.CombiningClass(codePoint);
            var blocked = lastClass >= combining && lastClass != -1;
            if (starter >= 0 && !blocked && Data.Compose(result[starter].CodePoint, codePoint) is var composite and >= 0)
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

    private sealed class Tables
    {
        private readonly Dictionary<int, byte> combiningClasses = [];
        private readonly Dictionary<(int, int), int> compositions = [];

        public Dictionary<int, (int First, int Second)> Decompositions { get; } = [];

        public HashSet<int> MayChangeComposed { get; } = [];

        public int CombiningClass(int codePoint) =>
            codePoint >= FirstAffected && combiningClasses.TryGetValue(codePoint, out var value) ? value : 0;

        public bool MayChangeDecomposed(int codePoint) =>
            codePoint - HangulSyllables is >= 0 and < SyllableCount || Decompositions.ContainsKey(codePoint) || CombiningClass(codePoint) != 0;

        public int Compose(int first, int second)
        {
            var leading = first - HangulLeading;
            var vowel = second - HangulVowels;
            if (leading is >= 0 and < 19 && vowel is >= 0 and < VowelCount)
                return HangulSyllables + (leading * VowelCount + vowel) * TrailingCount;
            var syllable = first - HangulSyllables;
            var trailing = second - HangulTrailing;
            if (syllable is >= 0 and < SyllableCount && syllable % TrailingCount == 0 && trailing is > 0 and < TrailingCount)
                return first + trailing;
            return compositions.GetValueOrDefault((first, second), -1);
        }

        public static Tables Load()
        {
            var tables = new Tables();
            using var stream = typeof(Tables).Assembly.GetManifestResourceStream("LayerGrad.Tokenizers.Normalizers.UnicodeData.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                if (!line.StartsWith('#'))
                    tables.Add(line.Split(';'));
            }

            for (var jamo = HangulVowels; jamo < HangulTrailing + TrailingCount; jamo++)
                tables.MayChangeComposed.Add(jamo);
            return tables;
        }

        private void Add(string[] fields)
        {
            static int Hexadecimal(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

            var codePoint = Hexadecimal(fields[0]);
            var combining = byte.Parse(fields[1], CultureInfo.InvariantCulture);
            if (combining != 0)
            {
                combiningClasses.Add(codePoint, combining);
                MayChangeComposed.Add(codePoint);
            }

            if (fields[2].Length == 0)
                return;
            var excluded = fields[2][0] == '*';
            var parts = fields[2].TrimStart('*').Split(' ');
            var decomposition = (First: Hexadecimal(parts[0]), Second: parts.Length > 1 ? Hexadecimal(parts[1]) : -1);
            Decompositions.Add(codePoint, decomposition);
            if (excluded)
            {
                MayChangeComposed.Add(codePoint);
            }
            else
            {
                compositions.Add((decomposition.First, decomposition.Second), codePoint);
                MayChangeComposed.Add(decomposition.Second);
            }
        }
    }
}
