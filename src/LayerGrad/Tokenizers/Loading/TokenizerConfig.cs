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

    /// <summary>The Jinja source of the chat template for conversations with tools, where the model has one of its own for them (<c>tool_use</c>).</summary>
    public string? ToolChatTemplate { get; init; }

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

    /// <summary>Reads the template of a GGUF file and the tokens that it sees; the file may lack all else of a tokenizer.</summary>
    /// <param name="metadata">The file's metadata.</param>
    public static TokenizerConfig FromGguf(IReadOnlyDictionary<string, object> metadata)
    {
        return new TokenizerConfig
        {
            BosToken = Token("bos"),
            EosToken = Token("eos"),
            ChatTemplate = metadata.GetValueOrDefault("tokenizer.chat_template") as string,
            ToolChatTemplate = metadata.GetValueOrDefault("tokenizer.chat_template.tool_use") as string,
        };

        string? Token(string role)
        {
            if (metadata.GetValueOrDefault("tokenizer.ggml.tokens") is not string[] tokens || metadata.GetValueOrDefault($"tokenizer.ggml.{role}_token_id") is not { } value)
                return null;
            var id = Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture);
            return id >= 0 && id < tokens.Length ? tokens[id] : null;
        }
    }

    /// <summary>The template of a folder: chat_template.jinja where it stands there, else that of tokenizer_config.json.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its tokenizer_config.json, or null.</param>
    /// <returns>A configuration without roles.</returns>
    public static TokenizerConfig ReadTemplate(string folder, JsonValue? config)
    {
        var template = Path.Combine(folder, "chat_template.jinja") is var jinja && File.Exists(jinja) ? File.ReadAllText(InputFile.Require(jinja)) : null;
        return new TokenizerConfig
        {
            ChatTemplate = template ?? (config is { } json ? ReadChatTemplate(json) : null),
            ToolChatTemplate = ReadToolTemplate(folder, template, config),
        };
    }

    /// <summary>The template itself, or of several named ones the one named default.</summary>
    private static string? ReadChatTemplate(JsonValue json)
    {
        if (json.Find("chat_template") is not { } value)
            return null;
        if (!value.IsArray)
            return value.AsText();
        return value.Items().Where(static entry => entry.Text("name") == "default").Select(static entry => entry.Text("template")).LastOrDefault();
    }

    /// <summary>The template named tool_use: beside chat_template.jinja in a folder of its own, otherwise among several in the configuration.</summary>
    private static string? ReadToolTemplate(string folder, string? template, JsonValue? json)
    {
        var file = Path.Combine(folder, "additional_chat_templates", "tool_use.jinja");
        if (template is not null)
            return File.Exists(file) ? File.ReadAllText(InputFile.Require(file)) : null;
        return json?.Find("chat_template") is { IsArray: true } several
            ? several.Items().Where(static entry => entry.Text("name") == "tool_use").Select(static entry => entry.Text("template")).FirstOrDefault()
            : null;
    }
}
