using System.Text.Json;
using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the model of tokenizer.json.</summary>
internal static class BpeModelReader
{
    /// <summary>Reads a BPE model.</summary>
    /// <param name="json">The object <c>model</c>.</param>
    /// <param name="isByteLevel">Whether its symbols are bytes.</param>
    public static BpeModel Read(JsonComponent json, bool isByteLevel)
    {
        // Old files leave the type of a BPE model out.
        if (json.OptionalText("type") is { } type and not "BPE")
            throw json.Error($"model.type is {type}, which is not supported; supported is BPE");
        foreach (var key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (json.OptionalText(key) is { Length: > 0 } value)
                throw json.Error($"model.{key} is \"{value}\", which is not supported");
        }

        if (json.TryGet("dropout", out var dropout) && dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() > 0)
            throw json.Error("model.dropout makes encoding random, which is not supported");
        var vocabulary = ReadVocabulary(json);
        var unknown = json.OptionalText("unk_token") is { } token ? vocabulary.Find(token) : -1;
        Alphabet alphabet = isByteLevel
            ? new ByteAlphabet(vocabulary, unknown)
            : new CharacterAlphabet(vocabulary, unknown, json.Flag("fuse_unk", otherwise: false), json.Flag("byte_fallback", otherwise: false));
        return new BpeModel(vocabulary, ReadMerges(json, vocabulary), alphabet, json.Flag("ignore_merges", otherwise: false));
    }

    private static Vocabulary ReadVocabulary(JsonComponent json)
    {
        var vocab = json.Child("vocab") ?? throw json.Error("model.vocab must be an object");
        var ids = new Dictionary<string, int>();
        foreach (var entry in vocab.Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id < 0)
                throw json.Error($"the id of the token \"{entry.Name}\" must be a whole number that is not negative");
            ids[entry.Name] = id;
        }

        return new Vocabulary(ids);
    }

    private static List<Merge> ReadMerges(JsonComponent json, Vocabulary vocabulary)
    {
        if (!json.TryGet("merges", out var merges) || merges.ValueKind != JsonValueKind.Array)
            throw json.Error("model.merges must be an array");
        var table = new List<Merge>(merges.GetArrayLength());
        foreach (var merge in merges.EnumerateArray())
        {
            var rank = table.Count;
            var (left, right) = Split(merge) ?? throw json.Error($"model.merges[{rank}] must be two tokens");
            table.Add(new Merge(Find(left), Find(right), rank, Find(left + right)));

            int Find(string token) => vocabulary.Find(token) is var id and >= 0
                ? id
                : throw json.Error($"model.merges[{rank}] uses the token \"{token}\", which is not in model.vocab");
        }

        return table;
    }

    /// <summary>The two tokens of a merge, written as an array of two or with a space between them.</summary>
    private static (string Left, string Right)? Split(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.String)
        {
            var text = merge.GetString()!;
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            return space >= 0 && space == text.LastIndexOf(' ') ? (text[..space], text[(space + 1)..]) : null;
        }

        var isPair = merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
            && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String;
        return isPair ? (merge[0].GetString()!, merge[1].GetString()!) : null;
    }
}
