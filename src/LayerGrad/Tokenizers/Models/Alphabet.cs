namespace LayerGrad.Tokenizers.Models;

/// <summary>Spells a piece of text in the smallest symbols of a vocabulary, from which merges build tokens.</summary>
internal abstract class Alphabet
{
    /// <summary>Adds the symbols of a word; their offsets count UTF-16 units of the word, always whole characters.</summary>
    public abstract void Spell(ReadOnlySpan<char> word, SymbolBuffer symbols);

    /// <summary>The id of the token that is the whole word, or −1.</summary>
    public abstract int FindWhole(ReadOnlySpan<char> word);

    /// <summary>Whether tokens are written as the text that they stand for in all merges, and characters are spelt each by itself.</summary>
    public virtual bool AllowsBoundaries(IReadOnlyCollection<Merge> merges) => false;
}
