using LayerGrad.Json;

namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>The files beside tokenizer.json from which transformers takes what it changes.</summary>
internal sealed record TokenizerSettings
{
    /// <summary>tokenizer_config.json, or null.</summary>
    public JsonValue? Config { get; init; }

    /// <summary>The model's config.json, or null.</summary>
    public JsonValue? ModelConfig { get; init; }

    /// <summary>special_tokens_map.json, or null.</summary>
    public JsonValue? SpecialTokensMap { get; init; }

    /// <summary>added_tokens.json, or null.</summary>
    public JsonValue? AddedTokens { get; init; }

    /// <summary>Whether there is only a tokenizer.json, which nothing changes then.</summary>
    public bool AreMissing => Config is null && ModelConfig is null && SpecialTokensMap is null && AddedTokens is null;

    /// <summary>The class that the files name, as they write it, or null.</summary>
    public string? ClassName => Config?.OptionalText("tokenizer_class") ?? ModelConfig?.OptionalText("tokenizer_class");

    /// <summary>The <c>model_type</c> of config.json; empty where there is none.</summary>
    public string ModelType => ModelConfig?.OptionalText("model_type") ?? "";

    /// <summary>Whether special tokens in a text are cut as any other text.</summary>
    public bool SplitsSpecialTokens => Config?.Flag("split_special_tokens", otherwise: false) ?? false;

    /// <summary>Reads the files of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">One cannot be read or holds something else than an object.</exception>
    public static TokenizerSettings Read(string folder)
    {
        return new TokenizerSettings
        {
            Config = Find("tokenizer_config.json"),
            ModelConfig = Find("config.json"),
            SpecialTokensMap = Find("special_tokens_map.json"),
            AddedTokens = Find("added_tokens.json"),
        };

        JsonValue? Find(string name) => Path.Combine(folder, name) is var path && File.Exists(path) ? ForeignJson.ReadObject(path) : null;
    }

    /// <summary>A truth value of tokenizer_config.json as an argument of a Python class: the default where it is missing, null where it is null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The class's default.</param>
    public bool? Argument(string key, bool? otherwise) =>
        Config?.FindOrNull(key) is { } value ? (value.IsNull ? null : value.AsBool()) : otherwise;
}
