using LayerGrad.Json;
using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the models of tokenizer.json.</summary>
/// <param name="json">The object <c>model</c>.</param>
/// <param name="overrides">Options that go before its own, or null.</param>
/// <param name="vocabulary">Its tokens.</param>
internal sealed class ModelReader(JsonValue json, JsonValue? overrides, Vocabulary vocabulary)
{
    private readonly TokenizerModelOptions _options = new(json, overrides);

    /// <summary>What kind of model it is; old files do not say, and differ by their keys.</summary>
    public string Type => _options.Text("type") ?? (json.Has("merges") ? "BPE" : json.Find("vocab") is { IsArray: true } ? "Unigram" : json.Has("max_input_chars_per_word") ? "WordPiece" : "WordLevel");

    /// <summary>
    /// Whether it can read the bytes of the text itself, in place of the characters that ByteLevel writes for them: each is a token, or is left out.
    /// </summary>
    public bool CanReadBytes => Type == "BPE" && Affix("continuing_subword_prefix").Length + Affix("end_of_word_suffix").Length == 0
        && (ByteAlphabet.IsWhole(vocabulary) || (_options.Text("unk_token") is null && !_options.Flag("byte_fallback")));

    /// <summary>Reads the model.</summary>
    /// <param name="readsBytes">Whether it is to read the bytes of the text itself.</param>
    public TokenizerModel Read(bool readsBytes) => Type switch
    {
        "BPE" => ReadBpe(readsBytes),
        "Unigram" => ReadUnigram(),
        "WordPiece" => new WordPieceModel(vocabulary, ReadUnknown(required: true), _options.Find("continuing_subword_prefix")?.AsText() ?? "##", _options.Find("max_input_chars_per_word")?.AsInt(0) ?? 100),
        "WordLevel" => new WordLevelModel(vocabulary, ReadUnknown(required: true)),
        var type => throw json.Error($"{json.Below("type")} is {type}, which is not supported; supported are BPE, Unigram, WordPiece and WordLevel"),
    };

    private BpeModel ReadBpe(bool readsBytes)
    {
        if (_options.Find("dropout")?.AsDouble() > 0)
            throw json.Error($"{json.Below("dropout")} makes encoding random, which is not supported");
        var (prefix, suffix) = (Affix("continuing_subword_prefix"), Affix("end_of_word_suffix"));
        var fallsBack = _options.Flag("byte_fallback");
        if (fallsBack && prefix.Length + suffix.Length > 0)
            throw json.Error($"{json.Below("byte_fallback")} together with continuing_subword_prefix or end_of_word_suffix is not supported");
        Alphabet alphabet = readsBytes
            ? new ByteAlphabet(vocabulary)
            : new CharacterAlphabet(vocabulary, ReadUnknown(required: false), _options.Flag("fuse_unk"), fallsBack) { Prefix = prefix, Suffix = suffix };
        return new BpeModel(vocabulary, ReadMerges(prefix), alphabet, _options.Flag("ignore_merges"));
    }

    private UnigramModel ReadUnigram()
    {
        if (json.Find("vocab") is not { IsArray: true } list)
            throw json.Require("vocab").Wrong("a list of tokens with their scores");
        var scores = VocabularyReader.ReadScores(json);
        var unknown = _options.Find("unk_id")?.AsInt(0, list.Count - 1) is { } id
            ? new UnknownToken(id, problem: null)
            : new UnknownToken(-1, $"{json.File}: {json.Below("unk_id")} is missing, and the text has a character that is no token");
        return new UnigramModel(vocabulary, scores, unknown, _options.Flag("byte_fallback"));
    }

    private string Affix(string key) => _options.Text(key) ?? "";

    /// <summary>The token for what is unknown. Where the vocabulary lacks it, only a text that needs it is refused.</summary>
    private UnknownToken ReadUnknown(bool required)
    {
        if (_options.Text("unk_token") is not { } token)
            return required ? throw json.Error($"{json.Below("unk_token")} is missing") : UnknownToken.None;
        return new UnknownToken(
            vocabulary.Find(token), $"{json.File}: {json.Below("unk_token")} \"{token}\" is not in model.vocab, and the text has something that is no token");
    }

    private List<Merge> ReadMerges(string prefix)
    {
        var merges = json.Require("merges");
        var table = new List<Merge>(merges.Count);
        foreach (var merge in merges.Items())
        {
            if (!merge.IsArray && merge.AsText().StartsWith("#version", StringComparison.Ordinal))
                continue;
            var (left, right) = Split(merge) ?? throw json.Error($"{merge.Path} must be two tokens");
            if (!right.StartsWith(prefix, StringComparison.Ordinal))
                throw json.Error($"{merge.Path} continues a word with the token \"{right}\", which does not begin with {prefix}");
            table.Add(new Merge(Find(left, merge), Find(right, merge), table.Count, Find(left + right[prefix.Length..], merge)));
        }

        return table;
    }

    private int Find(string token, JsonValue merge) => vocabulary.Find(token) is var id and >= 0
        ? id
        : throw json.Error($"{merge.Path} uses the token \"{token}\", which is not in model.vocab");

    /// <summary>The two tokens of a merge, written as an array of two or with a space between them.</summary>
    private static (string Left, string Right)? Split(JsonValue merge)
    {
        if (merge.IsArray)
            return merge.Items().ToList() is [var left, var right] ? (left.AsText(), right.AsText()) : null;
        var text = merge.AsText();
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space >= 0 && space == text.LastIndexOf(' ') ? (text[..space], text[(space + 1)..]) : null;
    }
}
