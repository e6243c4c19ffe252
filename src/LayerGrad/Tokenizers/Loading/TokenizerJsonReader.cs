using LayerGrad.Json;
using LayerGrad.Tokenizers.Loading.Rules;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads a tokenizer as Hugging Face stores it: tokenizer.json and tokenizer_config.json.</summary>
internal static class TokenizerJsonReader
{
    /// <summary>Reads the tokenizer of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="rules">The version of transformers whose changes are made.</param>
    /// <exception cref="InputException">A file is missing, broken, or asks for something that LayerGrad lacks.</exception>
    public static Tokenizer Load(string folder, TokenizerRules rules)
    {
        var path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
        {
            throw new InputException(File.Exists(Path.Combine(folder, "tokenizer.model"))
                ? $"{path}: no such file; only a tokenizer.model is there, save the tokenizer with transformers to get a tokenizer.json"
                : $"{path}: no such file; a model folder needs its tokenizer.json");
        }

        var files = TokenizerSettings.Read(folder);
        var config = TokenizerConfig.ReadTemplate(folder, files.Config);
        var stored = TokenizerDescription.Read(ForeignJson.ReadObject(path));
        var (description, loaded) = TransformersRules.Apply(stored, files, rules, config);
        return TokenizerBuilder.Build(description, loaded, isSameUnderOtherRules: () => Others(rules).All(other => IsSame(stored, files, other, config, description, loaded)));
    }

    private static IEnumerable<TokenizerRules> Others(TokenizerRules rules) => Enum.GetValues<TokenizerRules>().Where(other => other != rules);

    /// <summary>Whether another version makes the same of the files; one that refuses them makes nothing else of them.</summary>
    private static bool IsSame(TokenizerDescription stored, TokenizerSettings files, TokenizerRules rules, TokenizerConfig config, TokenizerDescription description, TokenizerConfig loaded)
    {
        try
        {
            var (theirs, theirConfig) = TransformersRules.Apply(stored, files, rules, config);
            return theirConfig == loaded && theirs.HasSamePartsAs(description);
        }
        catch (InputException)
        {
            return true;
        }
    }
}
