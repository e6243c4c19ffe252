using LayerGrad.Json;
using LayerGrad.Tokenizers.Loading.Rules;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>The special tokens of a tokenizer by their roles, and its chat template.</summary>
internal sealed record TokenizerConfig
{
    /// <summary>The token that begins a text.</summary>
    public string? BosToken { get; init; }

    /// <summary>The token that ends a text.</summary>
    public string? EosToken { get; init; }

    /// <summary>The token for what is unknown.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>The token that fills up.</summary>
    public string? PaddingToken { get; init; }

    /// <summary>The Jinja source of the chat template.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Reads the roles and the template of a folder, which may lack a tokenizer.json: the roles are then those that tokenizer_config.json names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="rules">The version of transformers whose rules say the roles.</param>
    /// <exception cref="InputException">A file is broken, or the version refuses the files.</exception>
    public static TokenizerConfig Load(string folder, TokenizerRules rules)
    {
        var files = TokenizerSettings.Read(folder);
        var config = ReadTemplate(folder, files.Config);
        var path = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(path))
            return TransformersRules.Apply(TokenizerDescription.Read(ForeignJson.ReadObject(path)), files, rules, config).Config;
        return files.Config is { } json ? config with { BosToken = ReadToken(json, "bos_token"), EosToken = ReadToken(json, "eos_token") } : config;

        static string? ReadToken(JsonValue json, string key) => json.Find(key) is not { } value ? null : value.IsObject ? value.Text("content") : value.AsText();
    }

    /// <summary>The template of a folder: chat_template.jinja where it stands there, else that of tokenizer_config.json.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its tokenizer_config.json, or null.</param>
    /// <returns>A configuration without roles.</returns>
    public static TokenizerConfig ReadTemplate(string folder, JsonValue? config)
    {
        var template = Path.Combine(folder, "chat_template.jinja") is var jinja && File.Exists(jinja) ? File.ReadAllText(jinja) : null;
        return new TokenizerConfig { ChatTemplate = template ?? (config is { } json ? ReadChatTemplate(json) : null) };
    }

    /// <summary>The template itself, or of several named ones the one named default.</summary>
    private static string? ReadChatTemplate(JsonValue json)
    {
        if (json.Find("chat_template") is not { } value)
            return null;
        if (!value.IsArray)
            return value.AsText();
        var named = value.Items().ToDictionary(entry => entry.Text("name"), entry => entry.Text("template"));
        return named.GetValueOrDefault("default");
    }
}
