using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LayerGrad.Tokenizers.Training;

/// <summary>Writes a trained vocabulary as Hugging Face stores tokenizers.</summary>
internal static class TokenizerJsonWriter
{
    private static readonly JsonWriterOptions s_readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The files that are written.</summary>
    /// <param name="folder">The folder.</param>
    public static string[] FilesIn(string folder) => [Path.Combine(folder, "tokenizer.json"), Path.Combine(folder, "tokenizer_config.json")];

    /// <summary>Writes tokenizer.json and tokenizer_config.json; each replaces a former one only when it is complete.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="folder">The folder, which is made where it is missing.</param>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static void Write(TrainedVocabulary vocabulary, string folder)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(folder);
        var files = FilesIn(folder);
        WriteFile(files[0], MakeTokenizer(vocabulary));
        WriteFile(files[1], MakeConfig());
    }

    private static void WriteFile(string path, JsonObject content) => WholeFile.Write(path, file =>
    {
        using var writer = new Utf8JsonWriter(file, s_readable);
        content.WriteTo(writer);
    });

    private static JsonObject MakeTokenizer(TrainedVocabulary vocabulary)
    {
        var ids = new JsonObject();
        foreach (var (id, token) in vocabulary.Tokens.Index())
            ids[token] = id;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(MakeAddedToken(0, BytePairTrainer.BosToken), MakeAddedToken(1, BytePairTrainer.EosToken)),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, MakeByteLevel(trimOffsets: true)),
            },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = new JsonArray(MakeTemplateItem("SpecialToken", BytePairTrainer.BosToken), MakeTemplateItem("Sequence", "A")),
                ["pair"] = new JsonArray(
                    MakeTemplateItem("SpecialToken", BytePairTrainer.BosToken), MakeTemplateItem("Sequence", "A"), MakeTemplateItem("Sequence", "B")),
                ["special_tokens"] = new JsonObject
                {
                    [BytePairTrainer.BosToken] = new JsonObject
                    {
                        ["id"] = BytePairTrainer.BosToken,
                        ["ids"] = new JsonArray(0),
                        ["tokens"] = new JsonArray(BytePairTrainer.BosToken),
                    },
                },
            },
            ["decoder"] = MakeByteLevel(trimOffsets: true),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = ids,
                ["merges"] = new JsonArray([.. vocabulary.Merges.Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]),
            },
        };
    }

    private static JsonObject MakeConfig() => new()
    {
        ["added_tokens_decoder"] = new JsonObject
        {
            ["0"] = MakeFlags(BytePairTrainer.BosToken),
            ["1"] = MakeFlags(BytePairTrainer.EosToken),
        },
        ["bos_token"] = BytePairTrainer.BosToken,
        ["clean_up_tokenization_spaces"] = false,
        ["eos_token"] = BytePairTrainer.EosToken,
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
    };

    private static JsonObject MakeAddedToken(int id, string content)
    {
        var token = new JsonObject { ["id"] = id };
        foreach (var (key, value) in MakeFlags(content))
            token[key] = value?.DeepClone();
        return token;
    }

    private static JsonObject MakeFlags(string content) => new()
    {
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject MakeByteLevel(bool trimOffsets) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = trimOffsets,
        ["use_regex"] = true,
    };

    private static JsonObject MakeTemplateItem(string kind, string id) => new()
    {
        [kind] = new JsonObject { ["id"] = id, ["type_id"] = 0 },
    };
}
