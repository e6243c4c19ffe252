namespace LayerGrad.Tokenizers.Models;

/// <summary>
/// The alphabet of byte-level BPE: the 256 bytes of UTF-8, each written as one visible character (<see cref="ByteCharacters"/>). It spells text
/// that was not yet turned into those characters.
/// </summary>
internal sealed class ByteAlphabet : Alphabet
{
    private readonly Vocabulary vocabulary;
    private readonly int[] ids = new int[256];

    /// <summary>Looks the bytes up.</summary>
    /// <param name="vocabulary">The vocabulary; what it lacks is left out.</param>
    public ByteAlphabet(Vocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        for (var value = 0; value < ids.Length; value++)
            ids[value] = vocabulary.Find([ByteCharacters.FromByte((byte)value)]);
    }

    /// <summary>Whether a vocabulary has a token for each byte.</summary>
    public static bool IsWhole(Vocabulary vocabulary) =>
        Enumerable.Range(0, 256).All(value => vocabulary.Find([ByteCharacters.FromByte((byte)value)]) >= 0);

    public override void Spell(ReadOnlySpan<char> word, SymbolBuffer symbols)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (var start = 0; start < word.Length;)
        {
            var end = start + UnicodeText.LengthAt(word, start);
            var count = UnicodeText.ToUtf8(UnicodeText.CodePointAt(word, start), bytes);
            foreach (var value in bytes[..count])
            {
                if (ids[value] >= 0)
                    symbols.Add(ids[value], start, end);
            }

            start = end;
        }
    }

    public override int FindWhole(ReadOnlySpan<char> word)
    {
        // Every unit is at least one byte and so at least one character of the token.
        if (word.Length > vocabulary.LongestToken)
            return -1;
        const int shortWord = 256;
        Span<byte> bytes = stackalloc byte[4];
        Span<char> characters = word.Length <= shortWord ? stackalloc char[3 * shortWord] : new char[3 * word.Length];
        var length = 0;
        for (var i = 0; i < word.Length; i += UnicodeText.LengthAt(word, i))
        {
            var count = UnicodeText.ToUtf8(UnicodeText.CodePointAt(word, i), bytes);
            foreach (var value in bytes[..count])
                characters[length++] = ByteCharacters.FromByte(value);
        }

        return vocabulary.Find(characters[..length]);
    }
}
