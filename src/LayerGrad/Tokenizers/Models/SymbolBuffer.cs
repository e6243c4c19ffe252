namespace LayerGrad.Tokenizers.Models;

/// <summary>The symbols of a word while they are merged: a linked list in arrays that are used again for the next word.</summary>
internal sealed class SymbolBuffer
{
    /// <summary>Marks a symbol that has been merged into the one to its left.</summary>
    public const int Merged = -1;

    /// <summary>A symbol: its token, the units of the word it stands for, and its neighbours (−1 where there is none).</summary>
    public record struct Symbol(int Id, int Start, int End, int Previous, int Next);

    private Symbol[] _symbols = new Symbol[64];

    /// <summary>How many symbols there are, merged ones included.</summary>
    public int Count { get; private set; }

    /// <summary>The symbol at a position.</summary>
    public ref Symbol this[int position] => ref _symbols[position];

    /// <summary>
    /// Whether the positions of symbols count bytes instead of UTF-16 units of whole characters. That is so where symbols do not stand for the text in
    /// its order: Hugging Face's tokenizers add up the lengths of symbols and do not notice what is left out between them.
    /// </summary>
    public bool CountsBytes { get; set; }

    /// <summary>Forgets all symbols.</summary>
    public void Clear()
    {
        Count = 0;
        CountsBytes = false;
    }

    /// <summary>Adds a symbol at the end.</summary>
    public void Add(int id, int start, int end)
    {
        if (Count == _symbols.Length)
            Array.Resize(ref _symbols, 2 * Count);
        if (Count > 0)
            _symbols[Count - 1].Next = Count;
        _symbols[Count] = new Symbol(id, start, end, Count - 1, -1);
        Count++;
    }

    /// <summary>Merges the right neighbour of a symbol into it.</summary>
    public void MergeWithNext(int position, int id)
    {
        ref var left = ref _symbols[position];
        ref var right = ref _symbols[left.Next];
        left.Id = id;
        left.End = right.End;
        left.Next = right.Next;
        right.Id = Merged;
        if (left.Next >= 0)
            _symbols[left.Next].Previous = position;
    }
}
