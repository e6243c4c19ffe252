using System.Numerics;

namespace LayerGrad.Tokenizers.Models;

/// <summary>The tokens of a vocabulary as a trie over UTF-16 units: finds all tokens that a text begins with. A hash table of its edges.</summary>
internal sealed class TokenTrie
{
    /// <summary>The node of the empty text.</summary>
    public const int Root = 0;

    private const ulong Empty = ulong.MaxValue;
    private readonly List<int> _tokens = [-1];
    private ulong[] _keys = Enumerable.Repeat(Empty, 1024).ToArray();
    private int[] _nodes = new int[1024];

    /// <summary>Builds the trie.</summary>
    /// <param name="ids">The tokens with their ids; an empty one is never found.</param>
    public TokenTrie(IEnumerable<KeyValuePair<string, int>> ids)
    {
        foreach (var (token, id) in ids)
        {
            if (token.Length == 0)
                continue;
            var node = Root;
            foreach (var unit in token)
                node = StepOrAdd(node, unit);
            _tokens[node] = id;
        }
    }

    /// <summary>The token that ends at a node, or −1.</summary>
    public int TokenAt(int node) => _tokens[node];

    /// <summary>Follows the edge of a unit, if there is one.</summary>
    public bool TryStep(ref int node, char unit)
    {
        var slot = FindSlot(Key(node, unit));
        if (_keys[slot] == Empty)
            return false;
        node = _nodes[slot];
        return true;
    }

    private static ulong Key(int node, char unit) => (ulong)(uint)node << 16 | unit;

    private int StepOrAdd(int node, char unit)
    {
        var slot = FindSlot(Key(node, unit));
        if (_keys[slot] != Empty)
            return _nodes[slot];
        if (2 * _tokens.Count > _keys.Length)
        {
            Grow();
            slot = FindSlot(Key(node, unit));
        }

        _keys[slot] = Key(node, unit);
        _nodes[slot] = _tokens.Count;
        _tokens.Add(-1);
        return _nodes[slot];
    }

    private void Grow()
    {
        var (oldKeys, oldNodes) = (_keys, _nodes);
        _keys = new ulong[2 * oldKeys.Length];
        _nodes = new int[_keys.Length];
        Array.Fill(_keys, Empty);
        for (var i = 0; i < oldKeys.Length; i++)
        {
            if (oldKeys[i] == Empty)
                continue;
            var slot = FindSlot(oldKeys[i]);
            _keys[slot] = oldKeys[i];
            _nodes[slot] = oldNodes[i];
        }
    }

    private int FindSlot(ulong key)
    {
        // Fibonacci hashing, as in MergeTable.
        var slot = (int)(key * 11400714819323198485UL >> (64 - BitOperations.Log2((uint)_keys.Length)));
        while (_keys[slot] != key && _keys[slot] != Empty)
            slot = (slot + 1) & (_keys.Length - 1);
        return slot;
    }
}
