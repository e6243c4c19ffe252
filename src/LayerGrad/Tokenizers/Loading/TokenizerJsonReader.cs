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
        var description = TokenizerDescription.Read(ForeignJson.ReadObject(path));
        (description, config) = TransformersRules.Apply(description, files, rules, config);
        return TokenizerBuilder.Build(description, config);
    }
}
