using LayerGrad.Tokenizers.Normalizers;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Builds a tokenizer from its description.</summary>
internal static class TokenizerBuilder
{
    /// <summary>Builds it.</summary>
    /// <param name="description">Its parts.</param>
    /// <param name="config">The roles of its tokens and its chat template.</param>
    /// <param name="isSameUnderOtherRules">Finds out whether no version of transformers makes another tokenizer of the files; null where that is not known.</param>
    /// <exception cref="InputException">A part is broken, or asks for something that LayerGrad lacks.</exception>
    public static Tokenizer Build(TokenizerDescription description, TokenizerConfig config, Func<bool>? isSameUnderOtherRules = null)
    {
        var vocabulary = description.Vocabulary;
        var reader = new ModelReader(description.Model, description.TokenizerModelOptions, vocabulary);
        var readsBytes = description.PreTokenizer is { } steps && PreTokenizerReader.EndsInBytes(steps) && reader.CanReadBytes;
        Normalizer? normalizer = description.Normalizer is { } normalizes ? new PlacedNormalizer(NormalizerReader.Read(normalizes), normalizes.File) : null;
        return new Tokenizer(reader.Read(readsBytes), MakeAdded(description, normalizer), config, isSameUnderOtherRules ?? (static () => false))
        {
            PreTokenizer = description.PreTokenizer is { } pre ? new PreTokenizerReader(readsBytes).Read(pre) : null,
            PostProcessor = description.PostProcessor is { } post ? new PostProcessorReader(vocabulary).Read(post) : null,
            Decoder = description.Decoder is { } decoder ? DecoderReader.Read(decoder) : null,
        };
    }

    private static AddedVocabulary MakeAdded(TokenizerDescription description, Normalizer? normalizer)
    {
        try
        {
            return new AddedVocabulary(description.AddedTokens, normalizer, description.SplitsSpecialTokens);
        }
        catch (InputException error) when (!error.Message.StartsWith(description.Source.File, StringComparison.Ordinal))
        {
            throw new InputException($"{description.Source.File}: added_tokens: {error.Message}", error);
        }
    }
}
