using System.Globalization;
using System.Text;

namespace LayerGrad.Tokenizers;

/// <summary>UTF-16 text seen as code points. A surrogate without its partner counts as a code point of its own and encodes as U+FFFD.</summary>
internal static class UnicodeText
{
    private static readonly CharacterClass[] s_plane0 = MakePlane0();

    /// <summary>The number of UTF-16 units (1 or 2) of the code point that starts at an index.</summary>
    public static int LengthAt(ReadOnlySpan<char> text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;

    /// <summary>The code point that starts at an index.</summary>
    public static int CodePointAt(ReadOnlySpan<char> text, int index) =>
        LengthAt(text, index) == 2 ? char.ConvertToUtf32(text[index], text[index + 1]) : text[index];

    /// <summary>The code point that ends before an index, which is not 0.</summary>
    public static int CodePointBefore(ReadOnlySpan<char> text, int index) =>
        index > 1 && LengthAt(text, index - 2) == 2 ? CodePointAt(text, index - 2) : text[index - 1];

    /// <summary>What split patterns ask of the character at an index, and its length in units.</summary>
    public static CharacterClass ClassAt(ReadOnlySpan<char> text, int index, out int length)
    {
        var unit = text[index];
        if (!char.IsSurrogate(unit))
        {
            length = 1;
            return s_plane0[unit];
        }

        length = LengthAt(text, index);
        return length == 1 ? CharacterClass.Other : Classify(CodePointAt(text, index));
    }

    /// <summary>What split patterns ask of a code point.</summary>
    public static CharacterClass Classify(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ when codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint) => CharacterClass.Space,
        _ => CharacterClass.Other,
    };

    /// <summary>Whether a code point is white space (the property White_Space).</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint);

    /// <summary>
    /// Whether a code point belongs to words (<c>\w</c> of Rust's regular expressions): letters, circled letters, marks, decimal and letter numbers,
    /// connectors, joiners.
    /// </summary>
    public static bool IsWordCharacter(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        <= UnicodeCategory.LetterNumber => true,
        UnicodeCategory.ConnectorPunctuation => true,
        _ => codePoint is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
    };

    /// <summary>Writes a code point in UTF-8 and returns the number of bytes.</summary>
    public static int ToUtf8(int codePoint, Span<byte> destination) =>
        (Rune.TryCreate(codePoint, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(destination);

    private static CharacterClass[] MakePlane0()
    {
        var classes = new CharacterClass[0x10000];
        for (var unit = 0; unit < classes.Length; unit++)
            classes[unit] = Classify(unit);
        return classes;
    }
}

/// <summary>The classes that the split patterns of language models tell apart.</summary>
internal enum CharacterClass : byte
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c>, the property White_Space.</summary>
    Space,
}
