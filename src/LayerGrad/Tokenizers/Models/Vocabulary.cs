namespace LayerGrad.Tokenizers.Models;

/// <summary>The tokens of a model and their ids.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly string?[] _tokens;
    private readonly Dictionary<int, string>? _sparse; // the tokens where their ids leave so many out that an array would be mostly empty

    /// <summary>Makes a vocabulary.</summary>
    /// <param name="ids">The id of each token, none negative.</param>
    /// <param name="count">How many entries the file has, where that is more than there are distinct tokens.</param>
    public Vocabulary(Dictionary<string, int> ids, int? count = null)
    {
        _ids = ids;
        Count = count ?? ids.Count;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        Size = ids.Count == 0 ? 0 : ids.Values.Max() + 1;
        var isSparse = Size > 1_000_000 && Size > 4L * ids.Count;
        _tokens = isSparse ? [] : new string?[Size];
        _sparse = isSparse ? [] : null;
        foreach (var (token, id) in ids)
        {
            LongestToken = Math.Max(LongestToken, token.Length);
            if (_sparse is null)
                _tokens[id] = token;
            else
                _sparse[id] = token;
        }
    }

    /// <summary>The highest id + 1.</summary>
    public int Size { get; }

    /// <summary>How many entries there are.</summary>
    public int Count { get; }

    /// <summary>The length of the longest token in UTF-16 units.</summary>
    public int LongestToken { get; }

    /// <summary>All tokens with their ids.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>The id of a token, or −1.</summary>
    public int Find(ReadOnlySpan<char> token) => _lookup.TryGetValue(token, out var id) ? id : -1;

    /// <summary>The token of an id, or null.</summary>
    public string? TokenOf(int id) => _sparse is not null ? _sparse.GetValueOrDefault(id) : (uint)id < (uint)_tokens.Length ? _tokens[id] : null;
}
