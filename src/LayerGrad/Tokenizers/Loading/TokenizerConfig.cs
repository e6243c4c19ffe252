using System.Globalization;
using LayerGrad.Json;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>What tokenizer_config.json says: special tokens by their roles, the rule for BOS and EOS, the chat template.</summary>
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

    /// <summary>Whether BOS and EOS are added, where the tokenizer class overrides the post-processor of tokenizer.json.</summary>
    public (bool AddBos, bool AddEos)? Override { get; init; }

    /// <summary>Tokens that tokenizer.json may lack.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Reads the file, and the template from chat_template.jinja where it stands beside it.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>An empty configuration where the file is missing.</returns>
    public static TokenizerConfig Load(string folder)
    {
        var template = Path.Combine(folder, "chat_template.jinja") is var jinja && File.Exists(jinja) ? File.ReadAllText(jinja) : null;
        var path = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(path))
            return new TokenizerConfig { ChatTemplate = template, ToolChatTemplate = ReadToolTemplate(folder, template, null) };
        var json = ForeignJson.ReadObject(path);
        return new TokenizerConfig
        {
            BosToken = ReadToken(json, "bos_token"),
            EosToken = ReadToken(json, "eos_token"),
            UnknownToken = ReadToken(json, "unk_token"),
            PaddingToken = ReadToken(json, "pad_token"),
            ChatTemplate = template ?? ReadChatTemplate(json),
            ToolChatTemplate = ReadToolTemplate(folder, template, json),
            Override = ReadOverride(json),
            AddedTokens = ReadAddedTokens(json),
        };
    }

    /// <summary>A special token, written as a string or as an object with its content.</summary>
    private static string? ReadToken(JsonValue json, string key) =>
        json.Find(key) is not { } value ? null : value.IsObject ? value.Text("content") : value.AsText();

    /// <summary>
    /// The classes of transformers that rebuild the post-processor from <c>add_bos_token</c> and <c>add_eos_token</c>
    /// (<c>update_post_processor</c> in LlamaTokenizerFast, GemmaTokenizerFast, CohereTokenizerFast, GPTNeoXTokenizerFast).
    /// </summary>
    private static (bool AddBos, bool AddEos)? ReadOverride(JsonValue json)
    {
        var name = json.OptionalText("tokenizer_class") ?? "";
        if (name.EndsWith("Fast", StringComparison.Ordinal))
            name = name[..^4];
        bool? addsBos = name switch
        {
            "LlamaTokenizer" or "GemmaTokenizer" or "CohereTokenizer" => true,
            "GPTNeoXTokenizer" => false,
            _ => null,
        };
        return addsBos is { } otherwise
            ? (json.Flag("add_bos_token", otherwise), json.Flag("add_eos_token", otherwise: false))
            : null;
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

    /// <summary>The template named tool_use: beside chat_template.jinja in a folder of its own, otherwise among several in the configuration.</summary>
    private static string? ReadToolTemplate(string folder, string? template, JsonValue? json)
    {
        var file = Path.Combine(folder, "additional_chat_templates", "tool_use.jinja");
        if (template is not null)
            return File.Exists(file) ? File.ReadAllText(file) : null;
        return json?.Find("chat_template") is { IsArray: true } several
            ? several.Items().Where(static entry => entry.Text("name") == "tool_use").Select(static entry => entry.Text("template")).FirstOrDefault()
            : null;
    }

    private static List<AddedToken> ReadAddedTokens(JsonValue json)
    {
        var tokens = new List<AddedToken>();
        foreach (var (key, token) in json.OptionalObject("added_tokens_decoder")?.Members() ?? [])
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                throw json.Error($"{token.Path} must be an object named by the id of a token");
            tokens.Add(TokenizerDescription.ReadAddedToken(token, id));
        }

        return tokens;
    }
}
