using LayerGrad.Json;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>
/// The parts of a tokenizer.json, not yet built. What changes a tokenizer at loading puts other parts in place of some
/// (<c>description with { Normalizer = … }</c>) before <see cref="TokenizerBuilder"/> builds it.
/// </summary>
internal sealed record TokenizerDescription
{
    /// <summary>The whole file, for errors and for whatever else stands in it.</summary>
    public required JsonValue Source { get; init; }

    /// <summary>The normalizer, or null.</summary>
    public JsonValue? Normalizer { get; init; }

    /// <summary>The pre-tokenizer, or null.</summary>
    public JsonValue? PreTokenizer { get; init; }

    /// <summary>The model with its vocabulary.</summary>
    public required JsonValue Model { get; init; }

    /// <summary>
    /// Keys that go before those of <see cref="Model"/> (<c>fuse_unk</c>, <c>byte_fallback</c>, <c>unk_token</c>, <c>ignore_merges</c>,
    /// <c>type</c> …), a JSON null included; or null. So nobody has to write the vocabulary anew to change an option.
    /// </summary>
    public JsonValue? ModelOptions { get; init; }

    /// <summary>The post-processor, or null.</summary>
    public JsonValue? PostProcessor { get; init; }

    /// <summary>The decoder, or null.</summary>
    public JsonValue? Decoder { get; init; }

    /// <summary>The added tokens in their order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Takes a tokenizer.json apart.</summary>
    /// <param name="json">The file.</param>
    /// <exception cref="InputException">It has no model, or a part is something else than an object.</exception>
    public static TokenizerDescription Read(JsonValue json) => new()
    {
        Source = json,
        Normalizer = json.OptionalObject("normalizer"),
        PreTokenizer = json.OptionalObject("pre_tokenizer"),
        Model = json.OptionalObject("model") ?? throw json.Error("has no model"),
        PostProcessor = json.OptionalObject("post_processor"),
        Decoder = json.OptionalObject("decoder"),
        AddedTokens = [.. json.OptionalArray("added_tokens").Select(token => ReadAddedToken(token, token.Int("id", 0)))],
    };

    /// <summary>Reads the flags of an added token; a missing flag is false.</summary>
    /// <param name="json">The object of the token.</param>
    /// <param name="id">Its id.</param>
    public static AddedToken ReadAddedToken(JsonValue json, int id)
    {
        var special = json.Flag("special", otherwise: false);
        return new AddedToken(
            id, json.Text("content"),
            json.Flag("single_word", otherwise: false), json.Flag("lstrip", otherwise: false), json.Flag("rstrip", otherwise: false),
            json.Flag("normalized", otherwise: !special), special);
    }
}
