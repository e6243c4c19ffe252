using LayerGrad.Json;
using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads a BPE model of tokenizer.json.</summary>
internal static class BpeModelReader
{
    /// <summary>Reads a BPE model.</summary>
    /// <param name="json">The object <c>model</c>.</param>
    /// <param name="overrides">Keys that go before those of the model, or null.</param>
    /// <param name="isByteLevel">Whether its symbols are bytes.</param>
    public static BpeModel Read(JsonValue json, JsonValue? overrides, bool isByteLevel)
    {
        var options = new ModelOptions(json, overrides);
        // Old files leave the type of a BPE model out.
        if (options.Text("type") is { } type and not "BPE")
            throw json.Error($"model.type is {type}, which is not supported; supported is BPE");
        foreach (var key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (options.Text(key) is { Length: > 0 } value)
                throw json.Error($"model.{key} is \"{value}\", which is not supported");
        }

        if (options.Find("dropout")?.AsDouble() > 0)
            throw json.Error("model.dropout makes encoding random, which is not supported");
        var vocabulary = ReadVocabulary(json);
        var unknown = options.Text("unk_token") is { } token ? vocabulary.Find(token) : -1;
        Alphabet alphabet = isByteLevel
            ? new ByteAlphabet(vocabulary, unknown)
            : new CharacterAlphabet(vocabulary, unknown, options.Flag("fuse_unk"), options.Flag("byte_fallback"));
        return new BpeModel(vocabulary, ReadMerges(json, vocabulary), alphabet, options.Flag("ignore_merges"));
    }

    private static Vocabulary ReadVocabulary(JsonValue json)
    {
        var ids = new Dictionary<string, int>();
        foreach (var (token, id) in json.Object("vocab").Members())
            ids[token] = id.AsInt(0);
        return new Vocabulary(ids);
    }

    private static List<Merge> ReadMerges(JsonValue json, Vocabulary vocabulary)
    {
        var merges = json.Require("merges");
        var table = new List<Merge>(merges.Count);
        foreach (var merge in merges.Items())
        {
            var rank = table.Count;
            var (left, right) = Split(merge) ?? throw json.Error($"{merge.Path} must be two tokens");
            table.Add(new Merge(Find(left), Find(right), rank, Find(left + right)));

            int Find(string token) => vocabulary.Find(token) is var id and >= 0
                ? id
                : throw json.Error($"{merge.Path} uses the token \"{token}\", which is not in model.vocab");
        }

        return table;
    }

    /// <summary>The two tokens of a merge, written as an array of two or with a space between them.</summary>
    private static (string Left, string Right)? Split(JsonValue merge)
    {
        if (!merge.IsArray)
        {
            var text = merge.AsText();
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            return space >= 0 && space == text.LastIndexOf(' ') ? (text[..space], text[(space + 1)..]) : null;
        }

        return merge.Items().ToList() is [var left, var right] ? (left.AsText(), right.AsText()) : null;
    }
}
