using System.Collections.Concurrent;
using LayerGrad.Tokenizers.Loading;
using LayerGrad.Tokenizers.Models;
using LayerGrad.Tokenizers.PostProcessors;
using LayerGrad.Tokenizers.PreTokenizers;
using LayerGrad.Tokenizers.TokenDecoders;

namespace LayerGrad.Tokenizers;

/// <summary>
/// Turns text into the tokens of a model and back, with the same ids and offsets as Hugging Face's <c>tokenizers</c> under
/// transformers 4.51: cut at the added tokens, normalise, split, encode each piece by the model, add special tokens.
/// Safe to use from several threads at a time.
/// </summary>
internal sealed class Tokenizer
{
    private readonly TokenizerModel _model;
    private readonly AddedVocabulary _added;
    private readonly TokenizerConfig _config;
    private readonly ConcurrentBag<EncodingWorkspace> _workspaces = [];

    private readonly Lazy<bool> _isSameUnderOtherRules;

    internal Tokenizer(TokenizerModel model, AddedVocabulary added, TokenizerConfig config, Func<bool> isSameUnderOtherRules)
    {
        _isSameUnderOtherRules = new Lazy<bool>(isSameUnderOtherRules);
        _model = model;
        _added = added;
        _config = config;
        VocabularySize = Math.Max(model.Vocabulary.Size, added.Size);
    }

    internal PreTokenizer? PreTokenizer { get; init; }

    internal PostProcessor? PostProcessor { get; init; }

    internal TokenDecoder? Decoder { get; init; }

    /// <summary>Whether every version of transformers makes this tokenizer of the files, or refuses them; found out when it is first asked for. A GGUF file knows no versions.</summary>
    internal bool IsSameUnderOtherRules => _isSameUnderOtherRules.Value;

    /// <summary>The highest id + 1.</summary>
    public int VocabularySize { get; }

    /// <summary>The token that begins a text, if the tokenizer names one.</summary>
    public string? BosToken => _config.BosToken;

    /// <summary>The token that ends a text, if the tokenizer names one.</summary>
    public string? EosToken => _config.EosToken;

    /// <summary>The token for what is unknown, if the tokenizer names one.</summary>
    public string? UnknownToken => _config.UnknownToken;

    /// <summary>The token that fills up, if the tokenizer names one.</summary>
    public string? PaddingToken => _config.PaddingToken;

    /// <summary>The Jinja source of the default chat template, if there is one.</summary>
    public string? ChatTemplate => _config.ChatTemplate;

    /// <summary>The Jinja source of the chat template for conversations with tools, if there is one of its own for them.</summary>
    public string? ToolChatTemplate => _config.ToolChatTemplate;

    /// <summary>Loads a tokenizer from <c>tokenizer.json</c> and the files beside it that change it (<c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>config.json</c>).</summary>
    /// <param name="folder">The folder that holds the files.</param>
    /// <param name="rules">The version of transformers whose changes to the files are made.</param>
    /// <exception cref="InputException">A file is missing, broken, or asks for a component that LayerGrad lacks.</exception>
    public static Tokenizer Load(string folder, TokenizerRules rules = TokenizerRules.Transformers4) => TokenizerJsonReader.Load(folder, rules);

    /// <summary>Makes a tokenizer from the metadata of a GGUF file: kind <c>gpt2</c> (byte-level BPE) or <c>llama</c> (SentencePiece scores).</summary>
    /// <param name="metadata">The metadata; arrays as <c>string[]</c>, <c>float[]</c> and <c>int[]</c>.</param>
    /// <param name="source">The file, for error messages.</param>
    /// <exception cref="InputException">The metadata lacks something, or asks for a kind of tokenizer that LayerGrad lacks.</exception>
    public static Tokenizer FromGguf(IReadOnlyDictionary<string, object> metadata, string source) => GgufTokenizerReader.Load(new GgufMetadata(metadata, source));

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecialTokens">Whether special tokens such as BOS are added.</param>
    /// <returns>Its tokens.</returns>
    public Encoding Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var workspace = _workspaces.TryTake(out var kept) ? kept : new EncodingWorkspace();
        var tokens = workspace.Tokens;
        tokens.Start(text);
        foreach (var (piece, token) in _added.Cut(text))
        {
            if (token is not null)
                tokens.Add(token.Id, piece.ToOriginal(0, piece.Length), piece.Span.ToString());
            else
                EncodePiece(piece, workspace);
        }

        var encoding = Finish(tokens, addSpecialTokens);
        _workspaces.Add(workspace);
        return encoding;
    }

    /// <summary>The text of tokens.</summary>
    /// <param name="ids">The ids; those that no token has are left out.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <returns>The text, without the clean-up of spaces that transformers adds for some models.</returns>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            if (!(skipSpecialTokens && IsSpecial(id)) && IdToToken(id) is { } token)
                tokens.Add(token);
        }

        return Decoder is null ? string.Join(' ', tokens) : string.Concat(Decoder.Decode(tokens));
    }

    /// <summary>The id of a token, written as the vocabulary writes it, or null.</summary>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (_added.Find(token) is { } special)
            return special.Id;
        return _model.Vocabulary.Find(token) is var id and >= 0 ? id : null;
    }

    /// <summary>The token of an id, written as the vocabulary writes it, or null.</summary>
    public string? IdToToken(int id) => _added.Find(id)?.Content ?? _model.Vocabulary.TokenOf(id);

    /// <summary>Whether an id is that of a special token, which controls the model and stands for no text.</summary>
    public bool IsSpecial(int id) => _added.Find(id) is { Special: true };

    private Encoding Finish(TokenBuffer tokens, bool addSpecialTokens)
    {
        if (PostProcessor is null)
            return tokens.ToEncoding();
        var parts = PostProcessor.Process([tokens], addSpecialTokens);
        if (parts.Count == 1)
            return parts[0].ToEncoding();
        return new Encoding([.. parts.SelectMany(part => part.Ids)], [.. parts.SelectMany(part => part.Offsets)]);
    }

    private void EncodePiece(TextPiece piece, EncodingWorkspace workspace)
    {
        if (PreTokenizer is null)
        {
            _model.Encode(piece, workspace);
            return;
        }

        workspace.Parts.Clear();
        PreTokenizer.Split(piece, workspace.Parts);
        foreach (var part in workspace.Parts)
            _model.Encode(part, workspace);
    }
}
