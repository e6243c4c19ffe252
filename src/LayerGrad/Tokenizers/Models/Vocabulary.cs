namespace LayerGrad.Tokenizers.Models;

/// <summary>The tokens of a model and their ids.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private readonly string?[] tokens;
    private readonly Dictionary<int, string>? sparse; // the tokens where their ids leave so many out that an array would be mostly empty

    /// <summary>Makes a vocabulary.</summary>
    /// <param name="ids">The id of each token, none negative.</param>
    /// <param name="count">How many entries the file has, where that is more than there are distinct tokens.</param>
    public Vocabulary(Dictionary<string, int> ids, int? count = null)
    {
        this.ids = ids;
        Count = count ?? ids.Count;
        lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        Size = ids.Count == 0 ? 0 : ids.Values.Max() + 1;
        var isSparse = Size > 1_000_000 && Size > 4L * ids.Count;
        tokens = isSparse ? [] : new string?[Size];
        sparse = isSparse ? [] : null;
        foreach (var (token, id) in ids)
        {
            LongestToken = Math.Max(LongestToken, token.Length);
            if (sparse is null)
                tokens[id] = token;
            else
                sparse[id] = token;
        }
    }

    /// <summary>The highest id + 1.</summary>
    public int Size { get; }

    /// <summary>How many entries there are.</summary>
    public int Count { get; }

    /// <summary>The length of the longest token in UTF-16 units.</summary>
    public int LongestToken { get; }

    /// <summary>All tokens with their ids.</summary>
    public IReadOnlyDictionary<string, int> Ids => ids;

    /// <summary>The id of a token, or −1.</summary>
    public int Find(ReadOnlySpan<char> token) => lookup.TryGetValue(token, out var id) ? id : -1;

    /// <summary>The token of an id, or null.</summary>
    public string? TokenOf(int id) => sparse is not null ? sparse.GetValueOrDefault(id) : (uint)id < (uint)tokens.Length ? tokens[id] : null;
}
