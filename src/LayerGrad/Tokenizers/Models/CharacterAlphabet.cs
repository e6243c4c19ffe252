using System.Globalization;

namespace LayerGrad.Tokenizers.Models;

/// <summary>The alphabet of SentencePiece-style BPE: the characters; one that the vocabulary lacks is spelt in bytes (<c>&lt;0x0A&gt;</c>) or unknown.</summary>
internal sealed class CharacterAlphabet : Alphabet
{
    private readonly Vocabulary vocabulary;
    private readonly int unknown;
    private readonly bool fuseUnknown;
    private readonly int[]? byteIds;

    /// <summary>Prepares the alphabet.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="unknown">The id for what cannot be spelt, or −1 to leave it out.</param>
    /// <param name="fuseUnknown">Whether neighbouring unknown characters are one token.</param>
    /// <param name="byteFallback">Whether characters that the vocabulary lacks are spelt in bytes.</param>
    public CharacterAlphabet(Vocabulary vocabulary, int unknown, bool fuseUnknown, bool byteFallback)
    {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.fuseUnknown = fuseUnknown;
        if (!byteFallback)
            return;
        byteIds = new int[256];
        for (var value = 0; value < byteIds.Length; value++)
            byteIds[value] = vocabulary.Find(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"));
    }

    public override void Spell(ReadOnlySpan<char> word, SymbolBuffer symbols)
    {
        var previousUnknown = false;
        for (var start = 0; start < word.Length;)
        {
            var end = start + UnicodeText.LengthAt(word, start);
            var id = vocabulary.Find(word[start..end]);
            var isUnknown = false;
            if (id >= 0)
            {
                symbols.Add(id, start, end);
            }
            else if (!TrySpellInBytes(word, start, end, symbols) && unknown >= 0)
            {
                isUnknown = true;
                if (previousUnknown && fuseUnknown)
                    symbols.ExtendLast(end);
                else
                    symbols.Add(unknown, start, end);
            }

            previousUnknown = isUnknown;
            start = end;
        }
    }

    public override int FindWhole(ReadOnlySpan<char> word) => vocabulary.Find(word);

    public override bool AllowsBoundaries(IReadOnlyCollection<Merge> merges)
    {
        if (fuseUnknown && !SpellsAll())
            return false;
        HashSet<int> special = [unknown, .. byteIds ?? []];
        return !merges.Any(merge => special.Contains(merge.Left) || special.Contains(merge.Right));
    }

    /// <summary>Whether nothing is unknown: every byte has a token, or is a character of ASCII that has one itself.</summary>
    private bool SpellsAll()
    {
        for (var value = 0; value < 256; value++)
        {
            if (byteIds is null || (byteIds[value] < 0 && (value >= 0x80 || vocabulary.Find([(char)value]) < 0)))
                return false;
        }

        return true;
    }

    private bool TrySpellInBytes(ReadOnlySpan<char> word, int start, int end, SymbolBuffer symbols)
    {
        if (byteIds is null)
            return false;
        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..UnicodeText.ToUtf8(UnicodeText.CodePointAt(word, start), bytes)];
        foreach (var value in bytes)
        {
            if (byteIds[value] < 0)
                return false;
        }

        foreach (var value in bytes)
            symbols.Add(byteIds[value], start, end);
        return true;
    }
}
