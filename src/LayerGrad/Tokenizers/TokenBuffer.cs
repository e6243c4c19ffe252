namespace LayerGrad.Tokenizers;

/// <summary>The tokens of a text while it is encoded.</summary>
internal sealed class TokenBuffer
{
    /// <summary>The user's text.</summary>
    public string Source { get; private set; } = "";

    /// <summary>The ids.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>The stretch of the user's text that each stands for.</summary>
    public List<TokenOffset> Offsets { get; } = [];

    /// <summary>How each is written, where that is not how the vocabulary writes its id (added tokens with the white space that they swallow); else null.</summary>
    public List<string?> Texts { get; } = [];

    /// <summary>Adds a token at the end.</summary>
    public void Add(int id, TokenOffset offset, string? text = null)
    {
        Ids.Add(id);
        Offsets.Add(offset);
        Texts.Add(text);
    }

    /// <summary>Adds tokens that stand for no text.</summary>
    public void AddSpecial(ReadOnlySpan<int> ids)
    {
        foreach (var id in ids)
            Add(id, default, "");
    }

    /// <summary>Adds the tokens of another buffer, which are of the same text.</summary>
    public void AddAll(TokenBuffer other)
    {
        Source = other.Source;
        Ids.AddRange(other.Ids);
        Offsets.AddRange(other.Offsets);
        Texts.AddRange(other.Texts);
    }

    /// <summary>Forgets all tokens and begins with another text.</summary>
    public void Start(string text)
    {
        Source = text;
        Ids.Clear();
        Offsets.Clear();
        Texts.Clear();
    }

    /// <summary>The tokens as the user gets them.</summary>
    public Encoding ToEncoding() => new([.. Ids], [.. Offsets]);
}
