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

    /// <summary>The words of tekken and GPT-4o: small letters after large ones, or large ones with few small ones.</summary>
    private const string SmallEnd = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+", LargeStart = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";

    private const string Contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?", Rest = @" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Tekken = $@"{SmallEnd}|{LargeStart}|\p{{N}}|{Rest}";

    private const string Gpt4o = $@"{SmallEnd}{Contraction}|{LargeStart}{Contraction}|\p{{N}}{{1,3}}|{Rest}";

    private const string Qwen35 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] DeepSeekV3 =
    [
        @"\p{N}{1,3}",
        @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ];

    // The second cuts where it matches nothing: before every three digits, counted from the end of their run.
    private static readonly string[] SuperBpe = [@"\p{N}+", @"(?=(\d{3})+(?!\d))"];

    /// <summary>
    /// The pipeline of a pre-tokenizer type. The names are those of llama.cpp; what they split by and normalisation are those
    /// of the families' own tokenizer.json, which llama.cpp approximates or leaves out.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <exception cref="InputException">The type is none of those that LayerGrad knows.</exception>
    public static GgufPreTokenizer Read(GgufMetadata metadata)
    {
        var type = metadata.Text("tokenizer.ggml.pre");
        if (type is null or "default")
            throw metadata.Error($"its tokenizer.ggml.pre {(type is null ? "is missing" : "is 'default'")}, so that it is not known how its tokenizer splits text; give the folder of the original tokenizer with --tokenizer DIR");
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
            "gpt-2" or "phi-2" or "mpt" or "olmo" or "jais" =>
                new(Split(new Gpt2Scanner()), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "smollm" or "starcoder" or "refact" or "command-r" or "codeshell" =>
                new(
                    new SequencePreTokenizer([new DigitsPreTokenizer(individual: true), Split(new Gpt2Scanner())]),
                    Normalizer: null, IgnoreMerges: false, AddBos: false),
            "kimi-k2" =>
                new(Split(Expression(KimiExpression, metadata)), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "tekken" => new(Split(Expression(Tekken, metadata)), Normalizer: null, IgnoreMerges: true, AddBos: true),
            // Of the models of this kind gpt-oss takes whole words before it merges; with the others' merges that makes no difference.
            "gpt-4o" => new(Split(Expression(Gpt4o, metadata)), Normalizer: null, IgnoreMerges: true, AddBos: false),
            "minimax" or "minimax-m2" => new(Split(Expression(Gpt4o, metadata)), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "llama4" => new(Split(Expression(Gpt4o, metadata)), Normalizer: null, IgnoreMerges: true, AddBos: true),
            "qwen35" => new(Split(Expression(Qwen35, metadata)), new CanonicalNormalizer(compose: true), IgnoreMerges: false, AddBos: false),
            "deepseek-llm" => new(DeepSeekLlm(metadata), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "deepseek-v3" => new(InTurn(metadata, DeepSeekV3), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "superbpe" => new(InTurn(metadata, SuperBpe), Normalizer: null, IgnoreMerges: false, AddBos: false),
            _ => throw metadata.Error(
                $"its pre-tokenizer type {Json.JsonValue.Shortened(type)} is not supported; give the folder of the original tokenizer with --tokenizer DIR"),
        };
    }

    private static SequencePreTokenizer DeepSeekLlm(GgufMetadata metadata) => new(
    [
        Split(Expression(@"[\r\n]", metadata)),
        Split(new AlphabetPattern()),
        Split(Expression(@"\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+", metadata)),
        Split(Expression(@"\s+$", metadata)),
        Split(Expression(@"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", metadata)),
        new DigitsPreTokenizer(individual: true),
    ]);

    private static SequencePreTokenizer InTurn(GgufMetadata metadata, IEnumerable<string> expressions) =>
        new([.. expressions.Select(expression => Split(Expression(expression, metadata)))]);

    private static SplitPattern Expression(string expression, GgufMetadata metadata) => SplitPattern.FromExpression(expression, metadata.Source);

    private static SplitPreTokenizer Split(SplitPattern pattern) => new(pattern, SplitBehavior.Isolated, invert: false);
}
