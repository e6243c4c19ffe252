namespace LayerGrad.Tokenizers.Models;

/// <summary>The alphabet of byte-level BPE: the 256 bytes of UTF-8, each written as one visible character (<see cref="ByteCharacters"/>).</summary>
internal sealed class ByteAlphabet : Alphabet
{
    private readonly Vocabulary vocabulary;
    private readonly int[] ids = new int[256];

    /// <summary>Looks the bytes up.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="unknown">The id for a byte that the vocabulary lacks, or −1 to leave it out.</param>
    public ByteAlphabet(Vocabulary vocabulary, int unknown)
    {
        this.vocabulary = vocabulary;
        for (var value = 0; value < ids.Length; value++)
            ids[value] = vocabulary.Find([ByteCharacters.FromByte((byte)value)]) is var id and >= 0 ? id : unknown;
    }

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
        const int longest = 256;
        if (word.Length > longest)
            return -1;
        Span<byte> bytes = stackalloc byte[4];
        Span<char> characters = stackalloc char[3 * longest];
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
