using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.Patterns;
using LayerGrad.Tokenizers.PreTokenizers;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>What a GGUF file leaves to its reader: the pipeline behind each value of <c>tokenizer.ggml.pre</c>.</summary>
/// <param name="PreTokenizer">How text is split.</param>
/// <param name="Normalizer">How it is normalised, or null.</param>
/// <param name="IgnoreMerges">Whether a word that is a token is encoded as that token.</param>
/// <param name="AddBos">Whether a BOS is added where the file does not say.</param>
internal sealed record GgufPreTokenizer(PreTokenizer PreTokenizer, Normalizer? Normalizer, bool IgnoreMerges, bool AddBos)
{
    /// <summary>The split pattern of Kimi K2: Chinese by itself, words by their capitals.</summary>
    private const string KimiExpression = @"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>
    /// The pipeline of a pre-tokenizer type. The names and what they split by are those of llama.cpp; normalisation is that
    /// of the families' own tokenizer.json, which llama.cpp leaves out.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <exception cref="InputException">The type is none of those that LayerGrad knows.</exception>
    public static GgufPreTokenizer Read(GgufMetadata metadata)
    {
        var type = metadata.Text("tokenizer.ggml.pre") ?? "default";
        return type switch
        {
            "llama-bpe" or "llama3" or "llama-v3" or "falcon3" =>
                new(Split(new LlamaScanner(3)), Normalizer: null, IgnoreMerges: true, AddBos: true),
            "dbrx" or "smaug-bpe" or "glm4" or "chatglm-bpe" =>
                new(Split(new LlamaScanner(3)), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "qwen2" or "deepseek-r1-qwen" =>
                new(Split(new LlamaScanner(1)), new CanonicalNormalizer(compose: true), IgnoreMerges: false, AddBos: false),
            "stablelm2" =>
                new(Split(new LlamaScanner(1)), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "default" or "gpt-2" or "phi-2" or "mpt" or "olmo" or "jais" =>
                new(Split(new Gpt2Scanner()), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "smollm" or "starcoder" or "refact" or "command-r" or "codeshell" =>
                new(
                    new SequencePreTokenizer([new DigitsPreTokenizer(individual: true), Split(new Gpt2Scanner())]),
                    Normalizer: null, IgnoreMerges: false, AddBos: false),
            "kimi-k2" =>
                new(Split(SplitPattern.FromExpression(KimiExpression, "kimi-k2")), Normalizer: null, IgnoreMerges: false, AddBos: false),
            _ => throw metadata.Error(
                $"its pre-tokenizer type {type} is not supported; give the folder of the original tokenizer with --tokenizer DIR"),
        };
    }

    private static SplitPreTokenizer Split(SplitPattern pattern) => new(pattern, SplitBehavior.Isolated, invert: false);
}
