using System.Text.Json.Nodes;

namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>Changes a tokenizer.json as transformers does when it loads the folder; docs/tokenizers.md says what and why.</summary>
internal static class TransformersRules
{
    /// <summary>The tokenizer as transformers leaves it, and the roles of its tokens.</summary>
    /// <param name="tokenizer">The tokenizer.json.</param>
    /// <param name="files">The files beside it.</param>
    /// <param name="version">The version of transformers.</param>
    /// <param name="config">What else is known of it; the roles of its tokens are filled in.</param>
    /// <exception cref="InputException">The version refuses the files, or LayerGrad does not know what it makes of them.</exception>
    public static (TokenizerDescription Tokenizer, TokenizerConfig Config) Apply(TokenizerDescription tokenizer, TokenizerSettings files, TokenizerRules version, TokenizerConfig config)
    {
        if (files.AreMissing)
            return (tokenizer, config);
        var rules = ClassChoice.Choose(files, tokenizer, version);
        var special = new SpecialTokens(files, tokenizer, rules, version);
        if (rules.Rebuild is { } rebuild)
            tokenizer = rebuild(tokenizer, new PipelineArguments(files, special.Find("unk_token")));
        tokenizer = special.AddTo(tokenizer) with { SplitsSpecialTokens = files.SplitsSpecialTokens };
        if (version == TokenizerRules.Transformers4)
            tokenizer = WithPrefixSpace(WithTemplate(tokenizer, files, rules, special), files, rules);
        return (tokenizer, config with
        {
            BosToken = special.Find("bos_token"),
            EosToken = special.Find("eos_token"),
            UnknownToken = special.Find("unk_token"),
            PaddingToken = special.Find("pad_token"),
        });
    }

    /// <summary>The post-processor of the classes that write it anew (<c>update_post_processor</c>).</summary>
    private static TokenizerDescription WithTemplate(TokenizerDescription tokenizer, TokenizerSettings files, ClassRules rules, SpecialTokens special)
    {
        if (rules.Template is not var (addsBos, addsEos))
            return tokenizer;
        var (single, tokens) = (new JsonArray(), new JsonObject());
        Add("bos_token", "add_bos_token", addsBos);
        single.Add((JsonNode)new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } });
        Add("eos_token", "add_eos_token", addsEos);
        var json = new JsonObject { ["type"] = "TemplateProcessing", ["single"] = single, ["special_tokens"] = tokens };
        return tokenizer with { PostProcessor = Pipelines.Part(tokenizer, "post_processor", json) };

        void Add(string role, string flag, bool otherwise)
        {
            if (files.Argument(flag, otherwise) is not true)
                return;
            var source = files.Config ?? tokenizer.Source;
            if (special.Find(role) is not { } token)
                throw source.Error($"{flag} is true, but there is no {role}, which transformers 4.57 refuses; give one, or read the files with --tokenizer-rules transformers-5");
            var id = tokenizer.FindId(token) ?? throw source.Error($"the {role} is empty, but {flag} is true");
            single.Add((JsonNode)new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } });
            tokens[token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) };
        }
    }

    private static TokenizerDescription WithPrefixSpace(TokenizerDescription tokenizer, TokenizerSettings files, ClassRules rules)
    {
        var isFromSentencePiece = rules.PrefixSpace == PrefixSpaceRule.FromSentencePiece && files.Argument("add_prefix_space", otherwise: null) is not null;
        if (isFromSentencePiece || files.Argument("from_slow", otherwise: false) == true)
        {
            throw files.Config!.Value.Error($"{(isFromSentencePiece ? "add_prefix_space" : "from_slow")} makes transformers 4.57 build the tokenizer anew from tokenizer.model, "
                + "which LayerGrad does not read; read tokenizer.json with --tokenizer-rules transformers-5");
        }

        if (tokenizer.PreTokenizer is not { } steps || rules.PrefixSpace == PrefixSpaceRule.FromSentencePiece
            || files.Argument("add_prefix_space", otherwise: false) is not { } prepends)
            return tokenizer;
        var isEvery = prepends && rules.PrefixSpace == PrefixSpaceRule.EveryByteLevel;
        var changed = steps.ToNode()!.AsObject();
        foreach (var step in isEvery && changed["pretokenizers"] is JsonArray inner ? [changed, .. inner.OfType<JsonObject>()] : new[] { changed })
        {
            if (step["type"] is System.Text.Json.Nodes.JsonValue type && type.TryGetValue<string>(out var name) && name == "ByteLevel")
                step["add_prefix_space"] = prepends;
        }

        return tokenizer with { PreTokenizer = Pipelines.Part(tokenizer, "pre_tokenizer", changed) };
    }
}
