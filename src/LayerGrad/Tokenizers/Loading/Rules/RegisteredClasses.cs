using System.Collections.Frozen;

namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>The tokenizer class that each version of transformers registers for a <c>model_type</c> (<c>tokenization_auto.py</c>), as far as LayerGrad knows the class.</summary>
internal static class RegisteredClasses
{
    /// <summary>The model types of Mistral, whose tokenizer.json version 5 takes as it is.</summary>
    public static readonly FrozenSet<string> Mistral =
        Words("mistral mixtral mistral3 mistral4 ministral ministral3 pixtral voxtral voxtral_realtime");

    /// <summary>The model types whose files on the hub name a wrong class, so that version 5 goes by the model type.</summary>
    public static readonly FrozenSet<string> NamedWrongly = Words(
        "arctic chameleon chatlm deepseek_v2 deepseek_v3 deepseek_v4 deepseek_vl deepseek_vl_hybrid deepseek_vl_v2 fuyu h2ovl_chat hyperclovax_vlm",
        "internlm2 internlm3 internvl_chat jamba janus kimi_k25 llava llava_next minicpmv minimax_m2 modernbert molmo molmo2 nemotron nvfp4 opencua",
        "openvla phi3 phi3_v phimoe qwen2 qwen3_5 qwen3_5_moe smolvlm step3p5 vipllava");

    private static readonly FrozenDictionary<string, string> s_version4 = Table(
        (TokenizerClasses.Plain, "apertus bitnet falcon glm glm4 glm4_moe glm4v gpt_oss helium nemotron smollm3"),
        ("LlamaTokenizer", "arcee aria chameleon colpali deepseek_v2 deepseek_v3 diffllama ernie4_5 ernie4_5_moe idefics idefics2 idefics3 jamba janus jetmoe llama llama4 llama4_text"),
        ("LlamaTokenizer", "llava llava_next llava_next_video llava_onevision mistral mistral3 mixtral persimmon phi3 phimoe zamba zamba2"),
        ("GemmaTokenizer", "gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text paligemma recurrent_gemma shieldgemma2"),
        ("Qwen2Tokenizer", "qwen2 qwen2_moe qwen2_vl qwen2_5_vl qwen2_audio qwen3 qwen3_moe qwen3_next qwen3_vl qwen3_vl_moe internvl"),
        ("GPT2Tokenizer", "dbrx emu3 exaone4 gpt2 gpt_bigcode gpt_neo gptj opt starcoder2"),
        ("GPTNeoXTokenizer", "falcon_mamba gpt_neox mamba mamba2 mpt olmo olmo2 olmoe rwkv stablelm xlstm"),
        ("CohereTokenizer", "aya_vision cohere cohere2"),
        ("CodeGenTokenizer", "codegen phi"),
        ("CodeLlamaTokenizer", "code_llama"),
        ("BloomTokenizer", "bloom"),
        ("RobertaTokenizer", "roberta"),
        ("BertTokenizer", "bert"));

    private static readonly FrozenDictionary<string, string> s_version5 = Table(
        (TokenizerClasses.Plain, "glm glm4 glm4_moe glm4_moe_lite glm4v glm4v_moe granite granitemoe granitemoehybrid granitemoeshared olmo2 olmo3 stablelm"),
        ("GemmaTokenizer", "gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma shieldgemma2 t5gemma"),
        ("Qwen2Tokenizer", "colqwen2 internvl ovis2 qwen2 qwen2_moe qwen2_vl qwen2_5_vl qwen2_5_omni qwen2_audio qwen3 qwen3_moe qwen3_next qwen3_omni_moe qwen3_vl qwen3_vl_moe"),
        ("Qwen3_5Tokenizer", "qwen3_5 qwen3_5_moe"),
        ("LlamaTokenizer", "idefics idefics2"),
        ("CodeLlamaTokenizer", "code_llama"),
        ("CohereTokenizer", "aya_vision cohere cohere2"),
        ("GPT2Tokenizer", "codegen dbrx emu3 exaone4 flex_olmo gpt2 gpt_bigcode gpt_neo gptj jais2 opt phi starcoder2"),
        ("GPTNeoXTokenizer", "falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm"),
        ("RobertaTokenizer", "roberta"),
        ("BertTokenizer", "bert"));

    /// <summary>The class of a model type, or null where none is registered.</summary>
    /// <param name="modelType">The <c>model_type</c> of config.json.</param>
    /// <param name="rules">The version.</param>
    public static string? Find(string modelType, TokenizerRules rules)
    {
        if (rules == TokenizerRules.Transformers4)
            return s_version4.GetValueOrDefault(modelType);
        if (Mistral.Contains(modelType))
            return TokenizerClasses.Plain;
        return s_version5.GetValueOrDefault(modelType) ?? (NamedWrongly.Contains(modelType) ? TokenizerClasses.Plain : null);
    }

    private static FrozenSet<string> Words(params string[] lines) => lines.SelectMany(line => line.Split(' ')).ToFrozenSet();

    private static FrozenDictionary<string, string> Table(params (string Class, string ModelTypes)[] rows) =>
        rows.SelectMany(row => row.ModelTypes.Split(' ').Select(type => (type, row.Class))).ToFrozenDictionary(entry => entry.type, entry => entry.Class);
}
