namespace LayerGrad.Tokenizers.Models;

/// <summary>
/// The alphabet of byte-level BPE: the 256 bytes of UTF-8, each written as one visible character (<see cref="ByteCharacters"/>). It spells text
/// that was not yet turned into those characters.
/// </summary>
internal sealed class ByteAlphabet : Alphabet
{
    private readonly Vocabulary _vocabulary;
    private readonly int[] _ids = new int[256];

    /// <summary>Looks the bytes up.</summary>
    /// <param name="vocabulary">The vocabulary; what it lacks is left out.</param>
    public ByteAlphabet(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        for (var value = 0; value < _ids.Length; value++)
            _ids[value] = vocabulary.Find([ByteCharacters.FromByte((byte)value)]);
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
                if (_ids[value] < 0)
                {
                    symbols.Clear();
                    SpellByLengths(word, symbols);
                    return;
                }

                symbols.Add(_ids[value], start, end);
            }

            start = end;
        }
    }

    public override int CountBytes(int codePoint)
    {
        Span<byte> bytes = stackalloc byte[4];
        var length = 0;
        foreach (var value in bytes[..UnicodeText.ToUtf8(codePoint, bytes)])
            length += CountBytes(value);
        return length;
    }

    public override int FindWhole(ReadOnlySpan<char> word)
    {
        // Every unit is at least one byte and so at least one character of the token.
        if (word.Length > _vocabulary.LongestToken)
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

        return _vocabulary.Find(characters[..length]);
    }

    /// <summary>How many bytes of UTF-8 the character that is written for a byte has.</summary>
    private static int CountBytes(byte value) => ByteCharacters.FromByte(value) < 0x80 ? 1 : 2;

    /// <summary>Spells a word with bytes that no token stands for: they are left out, and what follows moves to the left.</summary>
    private void SpellByLengths(ReadOnlySpan<char> word, SymbolBuffer symbols)
    {
        symbols.CountsBytes = true;
        Span<byte> bytes = stackalloc byte[4];
        var position = 0;
        for (var i = 0; i < word.Length; i += UnicodeText.LengthAt(word, i))
        {
            var count = UnicodeText.ToUtf8(UnicodeText.CodePointAt(word, i), bytes);
            foreach (var value in bytes[..count])
            {
                if (_ids[value] < 0)
                    continue;
                symbols.Add(_ids[value], position, position + CountBytes(value));
                position += CountBytes(value);
            }
        }
    }
}
