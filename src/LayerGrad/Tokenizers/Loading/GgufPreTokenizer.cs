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

    /// <summary>DeepSeek LLM's letters of alphabets with two cases, Latin, Greek and Cyrillic among them.</summary>
    private const string DeepSeekLetters =
        "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376"
        + "\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F"
        + "\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77"
        + "\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D"
        + "\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4"
        + "\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139"
        + "\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D"
        + "\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A"
        + "\uFF41-\uFF5A\U00010400-\U0001044F\U000104B0-\U000104D3\U000104D8-\U000104FB\U00010C80-\U00010CB2"
        + "\U00010CC0-\U00010CF2\U000118A0-\U000118DF\U0001E900-\U0001E943";

    private static readonly string[] s_deepSeekV3 =
    [
        @"\p{N}{1,3}",
        @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ];

    // The second cuts where it matches nothing: before every three digits, counted from the end of their run.
    private static readonly string[] s_superBpe = [@"\p{N}+", @"(?=(\d{3})+(?!\d))"];

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
            "deepseek-v3" => new(InTurn(metadata, s_deepSeekV3), Normalizer: null, IgnoreMerges: false, AddBos: false),
            "superbpe" => new(InTurn(metadata, s_superBpe), Normalizer: null, IgnoreMerges: false, AddBos: false),
            _ => throw metadata.Error(
                $"its pre-tokenizer type {Json.JsonValue.Shortened(type)} is not supported; give the folder of the original tokenizer with --tokenizer DIR"),
        };
    }

    private static SequencePreTokenizer DeepSeekLlm(GgufMetadata metadata) => new(
    [
        Split(Expression(@"[\r\n]", metadata)),
        Split(Expression($"\\s?[{DeepSeekLetters}]+", metadata)),
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
