namespace LayerGrad.Tokenizers.Models;

/// <summary>Spells a piece of text in the smallest symbols of a vocabulary, from which merges build tokens.</summary>
internal abstract class Alphabet
{
    /// <summary>How many bytes a character of a word has where the library counts the lengths of symbols (<see cref="SymbolBuffer.CountsBytes"/>).</summary>
    /// <param name="codePoint">The character.</param>
    public virtual int CountBytes(int codePoint)
    {
        Span<byte> bytes = stackalloc byte[4];
        return UnicodeText.ToUtf8(codePoint, bytes);
    }

    /// <summary>Adds the symbols of a word.</summary>
    public abstract void Spell(ReadOnlySpan<char> word, SymbolBuffer symbols);

    /// <summary>The id of the token that is the whole word, or −1.</summary>
    public abstract int FindWhole(ReadOnlySpan<char> word);

    /// <summary>Whether tokens are written as the text that they stand for in all merges, and characters are spelt each by itself.</summary>
    public virtual bool AllowsBoundaries(IReadOnlyCollection<Merge> merges) => false;
}
