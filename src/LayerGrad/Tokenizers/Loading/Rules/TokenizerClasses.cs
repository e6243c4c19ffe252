namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>
/// The tokenizer classes of transformers that LayerGrad knows, and what each does to a tokenizer.json in version 4.57
/// (<c>tokenization_*_fast.py</c>) and in version 5.24 (<c>tokenization_*.py</c>).
/// </summary>
internal static class TokenizerClasses
{
    /// <summary>The class that changes nothing but special tokens; <c>TokenizersBackend</c> in version 5.</summary>
    public const string Plain = "PreTrainedTokenizer";

    private const string EndOfText = "<|endoftext|>";

    private static readonly Dictionary<string, string> s_llama = new() { ["unk_token"] = "<unk>", ["bos_token"] = "<s>", ["eos_token"] = "</s>" };

    private static readonly Dictionary<string, string> s_gemma =
        new() { ["unk_token"] = "<unk>", ["bos_token"] = "<bos>", ["eos_token"] = "<eos>", ["pad_token"] = "<pad>" };

    private static readonly Dictionary<string, string> s_gpt2 = new() { ["unk_token"] = EndOfText, ["bos_token"] = EndOfText, ["eos_token"] = EndOfText };

    private static readonly Dictionary<string, string> s_qwen2 = new() { ["unk_token"] = EndOfText, ["eos_token"] = EndOfText, ["pad_token"] = EndOfText };

    private static readonly Dictionary<string, string> s_cohere =
        new() { ["unk_token"] = "<UNK>", ["bos_token"] = "<BOS_TOKEN>", ["eos_token"] = "<|END_OF_TURN_TOKEN|>" };

    private static readonly Dictionary<string, string> s_bloom =
        new() { ["unk_token"] = "<unk>", ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["pad_token"] = "<pad>" };

    private static readonly Dictionary<string, string> s_roberta = new()
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["sep_token"] = "</s>",
        ["cls_token"] = "<s>",
        ["unk_token"] = "<unk>",
        ["pad_token"] = "<pad>",
        ["mask_token"] = "<mask>",
    };

    private static readonly Dictionary<string, string> s_bert =
        new() { ["unk_token"] = "[UNK]", ["sep_token"] = "[SEP]", ["pad_token"] = "[PAD]", ["cls_token"] = "[CLS]", ["mask_token"] = "[MASK]" };

    private static readonly ClassRules s_literal = new() { PrefixSpace = PrefixSpaceRule.Ignored };

    private static readonly Dictionary<string, TokenizerClass> s_byName = new TokenizerClass[]
    {
        new(Plain, new ClassRules(), s_literal),
        new("LlamaTokenizer",
            new ClassRules { Names = s_llama, Template = (true, false), PrefixSpace = PrefixSpaceRule.FromSentencePiece },
            new ClassRules { Names = s_llama, Rebuild = Pipelines.Llama }),
        new("CodeLlamaTokenizer",
            new ClassRules { Names = s_llama, FurtherTokens = ["▁<PRE>", "▁<MID>", "▁<SUF>", "▁<EOT>"], Template = (true, false) },
            null),
        new("GemmaTokenizer",
            new ClassRules { Names = s_gemma, Template = (true, false) },
            new ClassRules { Names = With(s_gemma, "mask_token", "<mask>"), Rebuild = Pipelines.Gemma }),
        new("Qwen2Tokenizer",
            new ClassRules { Names = s_qwen2, NamesGetFlags = true },
            new ClassRules { Names = s_qwen2, Rebuild = Pipelines.Qwen2 }),
        new("Qwen3_5Tokenizer", null, new ClassRules { Names = s_qwen2, Rebuild = Pipelines.Qwen35 }),
        new("GPT2Tokenizer",
            new ClassRules { Names = s_gpt2 },
            new ClassRules { Names = s_gpt2, Rebuild = Pipelines.Gpt2 }),
        new("CodeGenTokenizer",
            new ClassRules { Names = s_gpt2 },
            new ClassRules { Names = s_gpt2, Rebuild = Pipelines.Gpt2 }),
        new("CohereTokenizer",
            new ClassRules { Names = s_cohere, Template = (true, false), PrefixSpace = PrefixSpaceRule.EveryByteLevel },
            new ClassRules
            {
                Names = With(With(With(With(s_cohere, "sep_token", "<SEP>"), "pad_token", "<PAD>"), "cls_token", "<CLS>"), "mask_token", "<MASK_TOKEN>"),
                Rebuild = Pipelines.Cohere,
            }),
        new("GPTNeoXTokenizer",
            new ClassRules { Names = s_gpt2, Template = (false, false) },
            new ClassRules { Names = With(s_gpt2, "pad_token", "<|padding|>"), Rebuild = Pipelines.GptNeoX }),
        new("BloomTokenizer", new ClassRules { Names = s_bloom, PrefixSpace = PrefixSpaceRule.EveryByteLevel }, s_literal),
        new("RobertaTokenizer",
            new ClassRules { Names = s_roberta, MaskSwallowsSpaces = true },
            new ClassRules { Names = s_roberta, MaskSwallowsSpaces = true, Rebuild = Pipelines.Gpt2 }),
        new("BertTokenizer",
            new ClassRules { Names = s_bert, Rebuild = Pipelines.BertNormalizer },
            new ClassRules { Names = s_bert, Rebuild = Pipelines.Bert }),
    }.ToDictionary(entry => entry.Name);

    /// <summary>A class by its name without <c>Fast</c>, or null.</summary>
    /// <param name="name">The name.</param>
    public static TokenizerClass? Find(string name) => s_byName.GetValueOrDefault(name);

    private static Dictionary<string, string> With(Dictionary<string, string> names, string role, string token) => new(names) { [role] = token };
}
