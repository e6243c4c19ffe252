namespace LayerGrad.Tokenizers;

/// <summary>The tokens of a text while it is encoded.</summary>
internal sealed class TokenBuffer
{
    /// <summary>The ids.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>The stretch of the user's text that each stands for.</summary>
    public List<TokenOffset> Offsets { get; } = [];

    /// <summary>Adds a token at the end.</summary>
    public void Add(int id, TokenOffset offset)
    {
        Ids.Add(id);
        Offsets.Add(offset);
    }

    /// <summary>Forgets all tokens.</summary>
    public void Clear()
    {
        Ids.Clear();
        Offsets.Clear();
    }

    /// <summary>The tokens as the user gets them.</summary>
    public Encoding ToEncoding() => new([.. Ids], [.. Offsets]);
}
