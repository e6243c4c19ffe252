using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Json;
using JsonValue = LayerGrad.Json.JsonValue;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads a tokenizer as Hugging Face stores it: tokenizer.json and tokenizer_config.json.</summary>
internal static class TokenizerJsonReader
{
    /// <summary>Reads the tokenizer of a folder.</summary>
    /// <exception cref="InputException">A file is missing, broken, or asks for something that LayerGrad lacks.</exception>
    public static Tokenizer Load(string folder)
    {
        var path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
        {
            throw new InputException(File.Exists(Path.Combine(folder, "tokenizer.model"))
                ? $"{path}: no such file; only a tokenizer.model is there, save the tokenizer with transformers to get a tokenizer.json"
                : $"{path}: no such file; a model folder needs its tokenizer.json");
        }

        var config = TokenizerConfig.Load(folder);
        var description = TokenizerDescription.Read(ForeignJson.ReadObject(path));
        description = WithAddedTokens(description, config);
        return TokenizerBuilder.Build(WithPostProcessor(description, config), config);
    }

    /// <summary>The added tokens of tokenizer.json, then those that only tokenizer_config.json has, as transformers adds them.</summary>
    private static TokenizerDescription WithAddedTokens(TokenizerDescription description, TokenizerConfig config)
    {
        var known = description.AddedTokens.Select(token => token.Content).ToHashSet();
        return description.WithAddedTokens(config.AddedTokens.Where(token => !known.Contains(token.Content)));
    }

    private static TokenizerDescription WithPostProcessor(TokenizerDescription description, TokenizerConfig config)
    {
        if (config.Override is not var (addsBos, addsEos))
            return description;
        var json = new JsonTemplate();
        if (addsBos)
            json.Add(Find(config.BosToken, "add_bos_token", "bos_token"));
        json.AddText();
        if (addsEos)
            json.Add(Find(config.EosToken, "add_eos_token", "eos_token"));
        return description with { PostProcessor = json.ToJson(description.Source.File) };

        (string Token, int Id) Find(string? token, string rule, string role)
        {
            if (token is null)
                throw description.Source.Error($"tokenizer_config.json asks for {rule} but has no {role}");
            return (token, description.FindId(token) ?? throw description.Source.Error($"has no token \"{token}\", which tokenizer_config.json names as {role}"));
        }
    }

    /// <summary>A TemplateProcessing post-processor as it would stand in tokenizer.json.</summary>
    private sealed class JsonTemplate
    {
        private readonly JsonArray single = [];
        private readonly JsonObject tokens = [];

        public void Add((string Token, int Id) token)
        {
            single.Add((JsonNode)new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = token.Token, ["type_id"] = 0 } });
            tokens[token.Token] = new JsonObject { ["id"] = token.Token, ["ids"] = new JsonArray(token.Id), ["tokens"] = new JsonArray(token.Token) };
        }

        public void AddText() => single.Add((JsonNode)new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } });

        public JsonValue ToJson(string file)
        {
            var json = new JsonObject { ["type"] = "TemplateProcessing", ["single"] = single, ["special_tokens"] = tokens };
            return new JsonValue(JsonElement.Parse(json.ToJsonString()), file, "post_processor");
        }
    }
}
