namespace LayerGrad.Tokenizers.Models;

/// <summary>Spells a piece of text in the smallest symbols of a vocabulary, from which merges build tokens.</summary>
internal abstract class Alphabet
{
    /// <summary>
    /// Whether the positions of symbols count bytes of the word's UTF-8 instead of UTF-16 units of whole characters. That is so where symbols do not
    /// stand for the text in its order: Hugging Face's tokenizers count the lengths of symbols and do not notice what is left out between them.
    /// </summary>
    public virtual bool CountsBytes => false;

    /// <summary>Adds the symbols of a word.</summary>
    public abstract void Spell(ReadOnlySpan<char> word, SymbolBuffer symbols);

    /// <summary>The id of the token that is the whole word, or −1.</summary>
    public abstract int FindWhole(ReadOnlySpan<char> word);

    /// <summary>Whether tokens are written as the text that they stand for in all merges, and characters are spelt each by itself.</summary>
    public virtual bool AllowsBoundaries(IReadOnlyCollection<Merge> merges) => false;
}
