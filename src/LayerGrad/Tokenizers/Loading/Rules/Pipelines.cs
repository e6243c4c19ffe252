using System.Text.Json.Nodes;
using JsonValue = LayerGrad.Json.JsonValue;

namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>The parts that tokenizer classes put in place of those of tokenizer.json (<c>__init__</c> of the classes of transformers).</summary>
internal static class Pipelines
{
    private const string Mark = "▁";

    /// <summary>A part that stood as deep as a file may go stands a few levels deeper here.</summary>
    private static readonly System.Text.Json.JsonDocumentOptions s_options = new() { MaxDepth = Json.ForeignJson.MaxDepth + 16 };

    private const string Qwen2Expression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen35Expression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>LlamaTokenizer of version 5.</summary>
    public static TokenizerDescription Llama(TokenizerDescription tokenizer, PipelineArguments arguments)
    {
        var prepends = arguments.Files.Argument("add_prefix_space", otherwise: null) ?? true;
        var scheme = !prepends ? "never" : arguments.Files.Argument("legacy", otherwise: false) == true ? "always" : "first";
        var decoders = SentencePieceDecoders();
        if (prepends)
            decoders.Add((JsonNode)new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 });
        return AsBpe(tokenizer, SentencePieceOptions(null)) with
        {
            Normalizer = null,
            PreTokenizer = Part(tokenizer, "pre_tokenizer", new JsonObject { ["type"] = "Metaspace", ["replacement"] = Mark, ["prepend_scheme"] = scheme, ["split"] = false }),
            Decoder = Part(tokenizer, "decoder", new JsonObject { ["type"] = "Sequence", ["decoders"] = decoders }),
        };
    }

    /// <summary>GemmaTokenizer of version 5.</summary>
    public static TokenizerDescription Gemma(TokenizerDescription tokenizer, PipelineArguments arguments) =>
        AsBpe(tokenizer, SentencePieceOptions(arguments.UnknownToken)) with
        {
            Normalizer = Part(tokenizer, "normalizer", new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = " " }, ["content"] = Mark }),
            PreTokenizer = Part(tokenizer, "pre_tokenizer", Split(new JsonObject { ["String"] = " " }, "MergedWithPrevious")),
            Decoder = Part(tokenizer, "decoder", new JsonObject { ["type"] = "Sequence", ["decoders"] = SentencePieceDecoders() }),
        };

    /// <summary>Qwen2Tokenizer of version 5.</summary>
    public static TokenizerDescription Qwen2(TokenizerDescription tokenizer, PipelineArguments arguments) =>
        Bytes(tokenizer, arguments, composes: true, Split(new JsonObject { ["Regex"] = Qwen2Expression }, "Isolated"));

    /// <summary>Qwen3_5Tokenizer of version 5.</summary>
    public static TokenizerDescription Qwen35(TokenizerDescription tokenizer, PipelineArguments arguments) =>
        Bytes(tokenizer, arguments, composes: true, Split(new JsonObject { ["Regex"] = Qwen35Expression }, "Isolated"));

    /// <summary>GPT2Tokenizer, CodeGenTokenizer and RobertaTokenizer of version 5.</summary>
    public static TokenizerDescription Gpt2(TokenizerDescription tokenizer, PipelineArguments arguments) => Bytes(tokenizer, arguments, composes: false, null);

    /// <summary>GPTNeoXTokenizer of version 5.</summary>
    public static TokenizerDescription GptNeoX(TokenizerDescription tokenizer, PipelineArguments arguments) => Bytes(tokenizer, arguments, composes: true, null);

    /// <summary>CohereTokenizer of version 5.</summary>
    public static TokenizerDescription Cohere(TokenizerDescription tokenizer, PipelineArguments arguments) =>
        Bytes(tokenizer, arguments, composes: true, new JsonObject { ["type"] = "Digits", ["individual_digits"] = true });

    /// <summary>BertTokenizer of version 4: the flags of a BertNormalizer follow tokenizer_config.json.</summary>
    public static TokenizerDescription BertNormalizer(TokenizerDescription tokenizer, PipelineArguments arguments)
    {
        if (tokenizer.Normalizer is not { } normalizer || normalizer.OptionalText("type") != "BertNormalizer")
            return tokenizer;
        return tokenizer with { Normalizer = Part(tokenizer, "normalizer", BertFlags(arguments.Files, normalizer.Flag("clean_text", otherwise: true), lowers: true)) };
    }

    /// <summary>BertTokenizer of version 5.</summary>
    /// <exception cref="InputException">tokenizer_config.json does not say whether to lower-case.</exception>
    public static TokenizerDescription Bert(TokenizerDescription tokenizer, PipelineArguments arguments)
    {
        if (arguments.Files.Argument("do_lower_case", otherwise: null) is not { } lowers)
            throw tokenizer.Source.Error("the tokenizer class is BertTokenizer, and tokenizer_config.json has no do_lower_case; write it there");
        var options = new JsonObject
        {
            ["type"] = "WordPiece",
            ["unk_token"] = arguments.UnknownToken,
            ["continuing_subword_prefix"] = "##",
            ["max_input_chars_per_word"] = 100,
        };
        return tokenizer with
        {
            Normalizer = Part(tokenizer, "normalizer", BertFlags(arguments.Files, cleans: true, lowers)),
            PreTokenizer = Part(tokenizer, "pre_tokenizer", new JsonObject { ["type"] = "BertPreTokenizer" }),
            TokenizerModelOptions = Part(tokenizer, "model", options),
        };
    }

    /// <summary>A part of a tokenizer.json.</summary>
    /// <param name="tokenizer">The tokenizer whose file it is told as in errors.</param>
    /// <param name="path">Where it would stand.</param>
    /// <param name="json">The part.</param>
    public static JsonValue Part(TokenizerDescription tokenizer, string path, JsonObject json) =>
        new(System.Text.Json.JsonElement.Parse(json.ToJsonString(), s_options), tokenizer.Source.File, path);

    /// <summary>Byte-level BPE; GPT-2's expression splits where no step before it does.</summary>
    private static TokenizerDescription Bytes(TokenizerDescription tokenizer, PipelineArguments arguments, bool composes, JsonObject? before)
    {
        var options = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = "",
            ["end_of_word_suffix"] = "",
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
        };
        var bytes = new JsonObject
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = arguments.Files.Argument("add_prefix_space", otherwise: false) ?? false,
            ["trim_offsets"] = true,
            ["use_regex"] = before is null || (string?)before["type"] != "Split",
        };
        var steps = before is null ? bytes : new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(before, bytes) };
        return AsBpe(tokenizer, options) with
        {
            Normalizer = composes ? Part(tokenizer, "normalizer", new JsonObject { ["type"] = "NFC" }) : null,
            PreTokenizer = Part(tokenizer, "pre_tokenizer", steps),
            Decoder = Part(tokenizer, "decoder", new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true }),
        };
    }

    /// <summary>The model as BPE. Over another model's vocabulary there are no merges, and a list's order gives the ids.</summary>
    private static TokenizerDescription AsBpe(TokenizerDescription tokenizer, JsonObject options)
    {
        var changed = tokenizer with { TokenizerModelOptions = Part(tokenizer, "model", options) };
        if (tokenizer.Model.Has("merges"))
            return changed;
        var vocabulary = tokenizer.Model.Require("vocab");
        JsonNode tokens = vocabulary.IsArray ? ByPosition(vocabulary) : vocabulary.ToNode()!;
        var model = Part(tokenizer, "model", new JsonObject { ["type"] = "BPE", ["vocab"] = tokens, ["merges"] = new JsonArray() });
        return changed with { Model = model, Vocabulary = VocabularyReader.Read(model) };
    }

    private static JsonObject ByPosition(JsonValue list)
    {
        var tokens = new JsonObject();
        var position = 0;
        foreach (var item in list.Items())
            tokens[(item.IsArray ? item.Items().First() : item).AsText()] = position++;
        return tokens;
    }

    private static JsonObject SentencePieceOptions(string? unknown) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = unknown,
        ["continuing_subword_prefix"] = null,
        ["end_of_word_suffix"] = null,
        ["fuse_unk"] = true,
        ["byte_fallback"] = true,
        ["ignore_merges"] = false,
    };

    private static JsonArray SentencePieceDecoders() => new(
        new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = Mark }, ["content"] = " " },
        new JsonObject { ["type"] = "ByteFallback" },
        new JsonObject { ["type"] = "Fuse" });

    private static JsonObject Split(JsonObject pattern, string behavior) =>
        new() { ["type"] = "Split", ["pattern"] = pattern, ["behavior"] = behavior, ["invert"] = false };

    private static JsonObject BertFlags(TokenizerSettings files, bool cleans, bool lowers) => new()
    {
        ["type"] = "BertNormalizer",
        ["clean_text"] = cleans,
        ["handle_chinese_chars"] = files.Argument("tokenize_chinese_chars", otherwise: true) ?? true,
        ["strip_accents"] = files.Argument("strip_accents", otherwise: null),
        ["lowercase"] = files.Argument("do_lower_case", lowers) ?? false,
    };
}
