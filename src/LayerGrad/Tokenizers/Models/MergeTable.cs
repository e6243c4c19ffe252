using System.Numerics;

namespace LayerGrad.Tokenizers.Models;

/// <summary>The merges of a BPE model: which pair of tokens becomes which token, and how early. A hash table with open addressing.</summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;
    private readonly ulong[] _keys;
    private readonly (int Rank, int Id)[] _values;
    private readonly int _shift;

    /// <summary>Makes a table; where a pair stands twice, the later entry counts.</summary>
    /// <param name="merges">The merges.</param>
    public MergeTable(IReadOnlyCollection<Merge> merges)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * merges.Count, 16));
        _shift = 64 - BitOperations.Log2((uint)capacity);
        _keys = new ulong[capacity];
        _values = new (int, int)[capacity];
        Array.Fill(_keys, Empty);
        foreach (var (left, right, rank, id) in merges)
        {
            var slot = FindSlot(Key(left, right));
            _keys[slot] = Key(left, right);
            _values[slot] = (rank, id);
        }
    }

    /// <summary>The merge of a pair of tokens, if there is one.</summary>
    public bool TryFind(int left, int right, out (int Rank, int Id) merge)
    {
        var slot = FindSlot(Key(left, right));
        merge = _values[slot];
        return _keys[slot] != Empty;
    }

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private int FindSlot(ulong key)
    {
        // Fibonacci hashing.
        var slot = (int)(key * 11400714819323198485UL >> _shift);
        while (_keys[slot] != key && _keys[slot] != Empty)
            slot = (slot + 1) & (_keys.Length - 1);
        return slot;
    }
}

/// <summary>A merge of two neighbouring tokens.</summary>
/// <param name="Left">The left token.</param>
/// <param name="Right">The right token.</param>
/// <param name="Rank">When it is applied: lower ranks first.</param>
/// <param name="Id">The token that the two become.</param>
internal readonly record struct Merge(int Left, int Right, int Rank, int Id);
