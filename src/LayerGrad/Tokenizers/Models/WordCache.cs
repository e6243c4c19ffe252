using System.Runtime.InteropServices;

namespace LayerGrad.Tokenizers.Models;

/// <summary>Remembers the tokens of words, up to a number of them; then it starts afresh.</summary>
internal sealed class WordCache
{
    private const int Capacity = 1 << 16;
    private readonly Dictionary<string, (int First, int Count)> _words = [];
    private readonly Dictionary<string, (int First, int Count)>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<WordToken> _tokens = [];

    /// <summary>An empty cache.</summary>
    public WordCache() => _lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The tokens of a word, if it is known; they are valid until the next word is added.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out ReadOnlySpan<WordToken> found)
    {
        var known = _lookup.TryGetValue(word, out var range);
        found = CollectionsMarshal.AsSpan(_tokens).Slice(range.First, range.Count);
        return known;
    }

    /// <summary>Remembers a word and returns its tokens, valid until the next word is added.</summary>
    public ReadOnlySpan<WordToken> Add(ReadOnlySpan<char> word, List<WordToken> wordTokens)
    {
        if (_words.Count == Capacity)
        {
            _words.Clear();
            _tokens.Clear();
        }

        var first = _tokens.Count;
        _tokens.AddRange(wordTokens);
        _lookup[word] = (first, wordTokens.Count);
        return CollectionsMarshal.AsSpan(_tokens).Slice(first, wordTokens.Count);
    }
}
