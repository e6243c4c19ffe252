using System.Globalization;

namespace LayerGrad.Tokenizers.Models;

/// <summary>
/// The characters, as Hugging Face's BPE spells them: each with the prefix of a continuing subword and the suffix of the word's end where
/// there are such; a character that the vocabulary lacks is spelt in bytes (<c>&lt;0x0A&gt;</c>), or unknown, or left out.
/// </summary>
internal sealed class CharacterAlphabet : Alphabet
{
    private readonly Vocabulary _vocabulary;
    private readonly UnknownToken _unknown;
    private readonly bool _fuseUnknown;
    private readonly int[]? _byteIds;
    private readonly bool _spellsAll;

    /// <summary>Prepares the alphabet.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="unknown">The token for what cannot be spelt.</param>
    /// <param name="fuseUnknown">Whether neighbouring unknown characters are one token.</param>
    /// <param name="byteFallback">Whether characters that the vocabulary lacks are spelt in bytes.</param>
    public CharacterAlphabet(Vocabulary vocabulary, UnknownToken unknown, bool fuseUnknown, bool byteFallback)
    {
        _vocabulary = vocabulary;
        _unknown = unknown;
        _fuseUnknown = fuseUnknown;
        _byteIds = byteFallback ? FindByteTokens(vocabulary) : null;
        _spellsAll = SpellsAll();
    }

    /// <summary>What stands before every character but the first; not together with bytes.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>What stands after the last character; not together with bytes.</summary>
    public string Suffix { get; init; } = "";

    private bool HasAffixes => Prefix.Length + Suffix.Length > 0;

    /// <summary>The ids of the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, −1 for those that are missing.</summary>
    public static int[] FindByteTokens(Vocabulary vocabulary)
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
            ids[value] = vocabulary.Find(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"));
        return ids;
    }

    public override void Spell(ReadOnlySpan<char> word, SymbolBuffer symbols)
    {
        if (_spellsAll && !HasAffixes)
            SpellInPlace(word, symbols);
        else
            SpellByLengths(word, symbols);
    }

    public override int FindWhole(ReadOnlySpan<char> word) => _vocabulary.Find(word);

    public override bool AllowsBoundaries(IReadOnlyCollection<Merge> merges)
    {
        // Unknown characters that are fused, left out or spelt late make what is on one side of a cut depend on the other.
        var staysInPlace = _spellsAll || (_unknown.KnownId >= 0 && !_fuseUnknown && _byteIds is null);
        if (!staysInPlace || HasAffixes)
            return false;
        HashSet<int> special = [_unknown.KnownId, .. _byteIds ?? []];
        return !merges.Any(merge => special.Contains(merge.Left) || special.Contains(merge.Right));
    }

    /// <summary>Spells where nothing is unknown: every symbol stands for its own character.</summary>
    private void SpellInPlace(ReadOnlySpan<char> word, SymbolBuffer symbols)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int start = 0, end; start < word.Length; start = end)
        {
            end = start + UnicodeText.LengthAt(word, start);
            if (_vocabulary.Find(word[start..end]) is var id and >= 0)
            {
                symbols.Add(id, start, end);
                continue;
            }

            var count = UnicodeText.ToUtf8(UnicodeText.CodePointAt(word, start), bytes);
            foreach (var value in bytes[..count])
                symbols.Add(_byteIds![value], start, end);
        }
    }

    /// <summary>
    /// Spells as the library does. Unknown characters wait until a known one comes, and bytes that come first go before them; what is left out takes
    /// no room, so that what follows moves to the left.
    /// </summary>
    private void SpellByLengths(ReadOnlySpan<char> word, SymbolBuffer symbols)
    {
        Span<byte> bytes = stackalloc byte[4];
        Span<char> affixed = Prefix.Length + Suffix.Length < 64 ? stackalloc char[66] : new char[Prefix.Length + Suffix.Length + 2];
        symbols.CountsBytes = true;
        var position = 0;
        var waiting = 0; // the bytes of the unknown characters that wait; 0 where none do
        for (int start = 0, end; start < word.Length; start = end)
        {
            end = start + UnicodeText.LengthAt(word, start);
            var encoded = bytes[..UnicodeText.ToUtf8(UnicodeText.CodePointAt(word, start), bytes)];
            if (Find(word, start, end, affixed) is var id and >= 0)
            {
                Flush(ref waiting, ref position, symbols);
                Add(id, encoded.Length, ref position, symbols);
            }
            else if (CanSpell(encoded))
            {
                foreach (var value in encoded)
                    Add(_byteIds![value], 1, ref position, symbols);
            }
            else if (_unknown.Id >= 0)
            {
                if (!_fuseUnknown)
                    Flush(ref waiting, ref position, symbols);
                waiting += encoded.Length;
            }
        }

        Flush(ref waiting, ref position, symbols);
    }

    private int Find(ReadOnlySpan<char> word, int start, int end, Span<char> affixed)
    {
        if (!HasAffixes)
            return _vocabulary.Find(word[start..end]);
        var length = 0;
        Append(start > 0 ? Prefix : "", affixed, ref length);
        Append(word[start..end], affixed, ref length);
        Append(end == word.Length ? Suffix : "", affixed, ref length);
        return _vocabulary.Find(affixed[..length]);
    }

    private static void Append(ReadOnlySpan<char> text, Span<char> destination, ref int length)
    {
        text.CopyTo(destination[length..]);
        length += text.Length;
    }

    private void Flush(ref int waiting, ref int position, SymbolBuffer symbols)
    {
        if (waiting > 0)
            Add(_unknown.Id, waiting, ref position, symbols);
        waiting = 0;
    }

    private static void Add(int id, int length, ref int position, SymbolBuffer symbols)
    {
        symbols.Add(id, position, position + length);
        position += length;
    }

    private bool CanSpell(ReadOnlySpan<byte> encoded)
    {
        if (_byteIds is null)
            return false;
        foreach (var value in encoded)
        {
            if (_byteIds[value] < 0)
                return false;
        }

        return true;
    }

    /// <summary>Whether nothing is unknown: every byte has a token, or is a character of ASCII that has one itself.</summary>
    private bool SpellsAll()
    {
        for (var value = 0; value < 256; value++)
        {
            if (_byteIds is null || (_byteIds[value] < 0 && (value >= 0x80 || _vocabulary.Find([(char)value]) < 0)))
                return false;
        }

        return true;
    }
}
