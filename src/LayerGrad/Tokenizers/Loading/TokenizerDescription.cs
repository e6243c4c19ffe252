using System.Runtime.InteropServices;
using LayerGrad.Json;
using LayerGrad.Tokenizers.Models;

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
    public JsonValue? TokenizerModelOptions { get; init; }

    /// <summary>The post-processor, or null.</summary>
    public JsonValue? PostProcessor { get; init; }

    /// <summary>The decoder, or null.</summary>
    public JsonValue? Decoder { get; init; }

    /// <summary>The tokens of the model.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>The added tokens in their order, with the ids that they get; <see cref="WithAddedTokens"/> adds others.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; private init; } = [];

    /// <summary>Whether special tokens in a text are cut as any other text.</summary>
    public bool SplitsSpecialTokens { get; init; }

    /// <summary>Takes a tokenizer.json apart.</summary>
    /// <param name="json">The file.</param>
    /// <exception cref="InputException">It has no model, or a part is something else than an object.</exception>
    public static TokenizerDescription Read(JsonValue json)
    {
        var model = json.OptionalObject("model") ?? throw json.Error("has no model");
        var description = new TokenizerDescription
        {
            Source = json,
            Normalizer = json.OptionalObject("normalizer"),
            PreTokenizer = json.OptionalObject("pre_tokenizer"),
            Model = model,
            Vocabulary = VocabularyReader.Read(model),
            PostProcessor = json.OptionalObject("post_processor"),
            Decoder = json.OptionalObject("decoder"),
        };
        return description.WithAddedTokens(description.ReadAddedTokens());
    }

    /// <summary>
    /// The description with further added tokens. Each gets its id as in Hugging Face's tokenizers: its own where it is in the vocabulary or was added
    /// before, else the next one after those of the vocabulary and of the tokens added before. What stands as its id in a file only says the order.
    /// </summary>
    /// <param name="tokens">The tokens; one that was added before changes its flags. Their ids are not read.</param>
    public TokenizerDescription WithAddedTokens(IEnumerable<AddedToken> tokens)
    {
        var added = AddedTokens.ToList();
        var positions = added.Select((token, position) => (token.Content, position)).ToDictionary(entry => entry.Content, entry => entry.position);
        var next = Math.Max(Vocabulary.Count, added.Count == 0 ? 0 : added.Max(token => token.Id) + 1);
        foreach (var token in tokens)
        {
            if (token.Content.Length == 0)
                continue;
            if (positions.TryGetValue(token.Content, out var position))
            {
                added[position] = token with { Id = added[position].Id };
                continue;
            }

            positions.Add(token.Content, added.Count);
            added.Add(token with { Id = Vocabulary.Find(token.Content) is var known and >= 0 ? known : next++ });
        }

        return this with { AddedTokens = added };
    }

    /// <summary>The id of a token, added or of the model, or null.</summary>
    public int? FindId(string token) =>
        AddedTokens.FirstOrDefault(added => added.Content == token)?.Id ?? (Vocabulary.Find(token) is var id and >= 0 ? id : null);

    /// <summary>Whether another description builds the same tokenizer: its parts are the same JSON byte for byte, its model (whose vocabulary is large) the same object.</summary>
    /// <param name="other">A description of the same file.</param>
    public bool HasSamePartsAs(TokenizerDescription other) =>
        ReferenceEquals(Vocabulary, other.Vocabulary) && SplitsSpecialTokens == other.SplitsSpecialTokens && AddedTokens.SequenceEqual(other.AddedTokens)
        && IsSame(Normalizer, other.Normalizer) && IsSame(PreTokenizer, other.PreTokenizer) && IsSame(TokenizerModelOptions, other.TokenizerModelOptions)
        && IsSame(PostProcessor, other.PostProcessor) && IsSame(Decoder, other.Decoder);

    // The bytes, not the values: texts of foreign files may not even be valid Unicode.
    private static bool IsSame(JsonValue? one, JsonValue? two) =>
        one is { } first && two is { } second ? JsonMarshal.GetRawUtf8Value(first.Element).SequenceEqual(JsonMarshal.GetRawUtf8Value(second.Element)) : one is null && two is null;

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

    /// <summary>The added tokens of the file, whose ids must lie within what it declares and be no other token's.</summary>
    private List<AddedToken> ReadAddedTokens()
    {
        var items = Source.OptionalArray("added_tokens").ToList();
        var largest = Math.Max(Vocabulary.Size, Vocabulary.Count) + items.Count - 1;
        return items.ConvertAll(item =>
        {
            var token = ReadAddedToken(item, item.Int("id", 0));
            if (token.Id > largest)
                throw item.Error($"{item.Below("id")} is {token.Id}, but with the tokens of the file ids end at {largest}");
            if (Vocabulary.TokenOf(token.Id) is { } other && other != token.Content && Vocabulary.Find(token.Content) < 0)
                throw item.Error($"{item.Below("id")} is {token.Id}, which is the id of the token \"{other}\" in model.vocab; give \"{token.Content}\" its own");
            return token;
        });
    }
}
