using System.Text.Json.Nodes;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>A small tokenizer in a temporary folder: byte-level BPE over all bytes, with the merges "h e" and "he y".</summary>
internal sealed class TokenizerFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TokenizerFolder()
    {
        var vocabulary = new JsonObject();
        foreach (var token in Enumerable.Range(0, 256).Select(value => Character(value).ToString()).Concat(["he", "hey"]))
            vocabulary[token] = vocabulary.Count;
        Json = new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray("h e", "he y") },
        };
    }

    /// <summary>What tokenizer.json will hold.</summary>
    public JsonObject Json { get; }

    /// <summary>What tokenizer_config.json will hold, or null for none.</summary>
    public JsonObject? Config { get; set; }

    public string FilePath => Path.Combine(_folder.Path, "tokenizer.json");

    public TokenizerFolder With(string key, string json)
    {
        Json[key] = JsonNode.Parse(json);
        return this;
    }

    public LayerGrad.Tokenizers.Tokenizer Load() => Load(default);

    public LayerGrad.Tokenizers.Tokenizer Load(TokenizerRules rules)
    {
        File.WriteAllText(FilePath, Json.ToJsonString());
        if (Config is not null)
            File.WriteAllText(Path.Combine(_folder.Path, "tokenizer_config.json"), Config.ToJsonString());
        return LayerGrad.Tokenizers.Tokenizer.Load(_folder.Path, rules);
    }

    public void Dispose() => _folder.Dispose();

    private static char Character(int value) => LayerGrad.Tokenizers.Models.ByteCharacters.FromByte((byte)value);
}
