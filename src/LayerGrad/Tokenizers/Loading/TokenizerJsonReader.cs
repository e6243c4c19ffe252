using LayerGrad.Tokenizers.Models;
using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.PostProcessors;

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
        using var document = JsonFile.Parse(path);
        var json = new JsonComponent(document.RootElement, path, "");
        var preTokenizer = json.Child("pre_tokenizer");
        var isByteLevel = preTokenizer is { } splits && ComponentReader.IsByteLevel(splits);
        var model = BpeModelReader.Read(json.Child("model") ?? throw json.Error("has no model"), isByteLevel);
        Normalizer? normalizer = json.Child("normalizer") is { } normalizes ? ComponentReader.ReadNormalizer(normalizes) : null;
        var added = new AddedVocabulary(ReadAddedTokens(json, config, model.Vocabulary), normalizer);
        return new Tokenizer(model, added, config)
        {
            PreTokenizer = preTokenizer is { } pre ? ComponentReader.ReadPreTokenizer(pre) : null,
            PostProcessor = ReadPostProcessor(json, config, model.Vocabulary, added),
            Decoder = json.Child("decoder") is { } decoder ? ComponentReader.ReadDecoder(decoder) : null,
        };
    }

    /// <summary>The added tokens of tokenizer.json, then those that only tokenizer_config.json has, as transformers adds them.</summary>
    private static IEnumerable<AddedToken> ReadAddedTokens(JsonComponent json, TokenizerConfig config, Vocabulary vocabulary)
    {
        var own = json.TryGet("added_tokens", out _)
            ? json.Children("added_tokens").ConvertAll(token => TokenizerConfig.ReadAddedToken(token, token.Number("id")))
            : [];
        var known = own.Select(token => token.Content).ToHashSet();
        var further = config.AddedTokens.Where(token => !known.Contains(token.Content));
        return own.Concat(further.Select(token => vocabulary.Find(token.Content) is var id and >= 0 ? token with { Id = id } : token));
    }

    private static PostProcessor? ReadPostProcessor(JsonComponent json, TokenizerConfig config, Vocabulary vocabulary, AddedVocabulary added)
    {
        if (config.Override is not var (addsBos, addsEos))
            return json.Child("post_processor") is { } processor ? ComponentReader.ReadPostProcessor(processor, vocabulary) : null;
        return new TemplatePostProcessor(
            addsBos ? [Find(config.BosToken, "add_bos_token", "bos_token")] : [],
            addsEos ? [Find(config.EosToken, "add_eos_token", "eos_token")] : []);

        int Find(string? token, string rule, string role)
        {
            if (token is null)
                throw json.Error($"tokenizer_config.json asks for {rule} but has no {role}");
            var id = added.Find(token)?.Id ?? vocabulary.Find(token);
            return id >= 0 ? id : throw json.Error($"has no token \"{token}\", which tokenizer_config.json names as {role}");
        }
    }
}
