using LayerGrad.Json;
using LayerGrad.Tokenizers.Normalizers;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Builds a tokenizer from its description.</summary>
internal static class TokenizerBuilder
{
    /// <summary>Builds it.</summary>
    /// <param name="description">Its parts.</param>
    /// <param name="config">The roles of its tokens and its chat template.</param>
    /// <exception cref="InputException">A part is broken, or asks for something that LayerGrad lacks.</exception>
    public static Tokenizer Build(TokenizerDescription description, TokenizerConfig config)
    {
        var isByteLevel = description.PreTokenizer is { } splits && ComponentReader.IsByteLevel(splits);
        var model = BpeModelReader.Read(description.Model, description.ModelOptions, isByteLevel);
        Normalizer? normalizer = description.Normalizer is { } normalizes ? ComponentReader.ReadNormalizer(normalizes) : null;
        var added = new AddedVocabulary(description.AddedTokens, normalizer);
        return new Tokenizer(model, added, config)
        {
            PreTokenizer = description.PreTokenizer is { } pre ? ComponentReader.ReadPreTokenizer(pre) : null,
            PostProcessor = description.PostProcessor is { } post ? ComponentReader.ReadPostProcessor(post, model.Vocabulary) : null,
            Decoder = description.Decoder is { } decoder ? ComponentReader.ReadDecoder(decoder) : null,
        };
    }
}
