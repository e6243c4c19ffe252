using System.Text.Json.Nodes;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>
/// The families that are read, after llama.cpp's converter (<c>convert_hf_to_gguf.py</c>) and its table of names
/// (<c>gguf-py/gguf/tensor_mapping.py</c>), read backwards.
/// </summary>
internal static class GgufArchitectures
{
    private static readonly Dictionary<string, string> s_llamaNames = new()
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_qkv"] = "self_attn.q_proj|self_attn.k_proj|self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
        ["ffn_gate_inp"] = "mlp.gate",
        ["ffn_gate_exps"] = "mlp.experts.{e}.gate_proj",
        ["ffn_up_exps"] = "mlp.experts.{e}.up_proj",
        ["ffn_down_exps"] = "mlp.experts.{e}.down_proj",
    };

    private static readonly Dictionary<string, string> s_mixtralNames = With(
        ("ffn_gate_inp", "block_sparse_moe.gate"),
        ("ffn_gate_exps", "block_sparse_moe.experts.{e}.w1"),
        ("ffn_down_exps", "block_sparse_moe.experts.{e}.w2"),
        ("ffn_up_exps", "block_sparse_moe.experts.{e}.w3"));

    private static readonly Dictionary<string, string> s_gemmaNames = With(
        ("post_attention_norm", "post_attention_layernorm"),
        ("ffn_norm", "pre_feedforward_layernorm"),
        ("post_ffw_norm", "post_feedforward_layernorm"));

    private static readonly Dictionary<string, GgufArchitecture> s_all = ((IEnumerable<GgufArchitecture>)
    [
        new("llama", LlamaModelType, s_mixtralNames, Llama) { InterleavesRotaryHalves = true },
        new("qwen2", static _ => "qwen2", s_llamaNames, static (_, config) => config["use_sliding_window"] = false),
        new("qwen3", static _ => "qwen3", s_llamaNames, Qwen3),
        new("qwen3moe", static _ => "qwen3_moe", s_llamaNames, Qwen3Moe),
        new("olmoe", static _ => "olmoe", s_llamaNames, Olmoe),
        new("granite", static _ => "granite", s_llamaNames, Granite) { InterleavesRotaryHalves = true },
        new("gemma", static _ => "gemma", s_llamaNames, Gemma) { NormOffset = 1 },
        new("gemma2", static _ => "gemma2", s_gemmaNames, Gemma2) { NormOffset = 1 },
        new("gemma3", static _ => "gemma3_text", s_gemmaNames, Gemma3) { NormOffset = 1 },
        new("phi3", static _ => "phi3", With(("attn_qkv", "self_attn.qkv_proj"), ("ffn_up", "mlp.gate_up_proj")), Phi3),
        new("chatglm", static _ => "glm", With(("ffn_up", "mlp.gate_up_proj")), AttentionBias),
        new("command-r", static _ => "cohere", s_llamaNames, Cohere) { EpsilonField = "layer_norm_eps" },
        new("phi2", static _ => "phi", With(("output_norm", "model.final_layernorm"), ("attn_output", "self_attn.dense"), ("ffn_up", "mlp.fc1"), ("ffn_down", "mlp.fc2")), Phi)
        {
            EpsilonField = "layer_norm_eps",
        },
        new("stablelm", static _ => "stablelm", With(("attn_q_norm", "self_attn.q_layernorm.norms.{e}"), ("attn_k_norm", "self_attn.k_layernorm.norms.{e}")), StableLm)
        {
            EpsilonField = "layer_norm_eps",
        },
        new("starcoder2", static _ => "starcoder2", With(("ffn_up", "mlp.c_fc"), ("ffn_down", "mlp.c_proj")), Starcoder2) { EpsilonField = "norm_epsilon" },
        new("gptneox", static _ => "gpt_neox", GptNeoXNames(), GptNeoX) { EpsilonField = "layer_norm_eps", LayerPrefix = "gpt_neox.layers." },
        .. GgufDense.All,
        .. GgufMixtures.All,
    ]).ToDictionary(static architecture => architecture.Name);

    /// <summary>The family of a model.</summary>
    /// <exception cref="InputException">It is none that is read.</exception>
    public static GgufArchitecture Of(GgufModel model) => s_all.GetValueOrDefault(model.Architecture)
        ?? throw new InputException($"{model.Path}: is of the architecture '{model.Architecture}', which is not supported; these are: {string.Join(", ", s_all.Keys.Order(StringComparer.Ordinal))}");

    /// <summary>Llama's names with some changed.</summary>
    internal static Dictionary<string, string> With(params ReadOnlySpan<(string Name, string HuggingFace)> changes)
    {
        var names = new Dictionary<string, string>(s_llamaNames);
        foreach (var (name, huggingFace) in changes)
            names[name] = huggingFace;
        return names;
    }

    private static Dictionary<string, string> GptNeoXNames() => new()
    {
        ["token_embd"] = "gpt_neox.embed_in",
        ["output_norm"] = "gpt_neox.final_layer_norm",
        ["output"] = "embed_out",
        ["attn_norm"] = "input_layernorm",
        ["attn_qkv"] = "attention.query_key_value",
        ["attn_output"] = "attention.dense",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_up"] = "mlp.dense_h_to_4h",
        ["ffn_down"] = "mlp.dense_4h_to_h",
    };

    // Mistral and Mixtral are written as llama: experts, or a sliding window where a converter writes one, tell them apart.
    private static string LlamaModelType(GgufModel model) =>
        model.Experts > 0 ? "mixtral" : model.FindInteger("attention.sliding_window") is not null ? "mistral" : "llama";

    private static void Llama(GgufModel model, JsonObject config)
    {
        AttentionBias(model, config);
        config["mlp_bias"] = model.HasInLayers("ffn_up.bias");
        if (model.FindInteger("attention.sliding_window") is { } window)
            config["sliding_window"] = window;
        if (model.Experts > 0)
        {
            config["num_local_experts"] = model.Experts;
            config["num_experts_per_tok"] = model.Integer("expert_used_count");
        }
    }

    /// <summary>Says whether q, k and v have biases.</summary>
    internal static void AttentionBias(GgufModel model, JsonObject config) => config["attention_bias"] = model.HasInLayers("attn_q.bias");

    private static void Qwen3(GgufModel model, JsonObject config)
    {
        AttentionBias(model, config);
        config["use_sliding_window"] = false;
    }

    private static void Qwen3Moe(GgufModel model, JsonObject config)
    {
        Qwen3(model, config);
        var dense = Enumerable.Range(0, (int)model.Layers)
            .Where(layer => !model.Tensors.ContainsKey($"blk.{layer}.ffn_gate_inp.weight"))
            .Select(static layer => (JsonNode)layer);
        config["intermediate_size"] = model.FindInteger("feed_forward_length");
        config["moe_intermediate_size"] = model.FindInLayers("ffn_up_exps.weight")?.Shape[^2] ?? model.Integer("expert_feed_forward_length");
        config["num_experts"] = model.Experts;
        config["num_experts_per_tok"] = model.Integer("expert_used_count");
        config["decoder_sparse_step"] = 1;
        config["mlp_only_layers"] = new JsonArray([.. dense]);
        config["norm_topk_prob"] = true; // the format has no field for it: llama.cpp renormalises for this architecture
    }

    private static void Olmoe(GgufModel model, JsonObject config)
    {
        AttentionBias(model, config);
        config["num_experts"] = model.Experts;
        config["num_experts_per_tok"] = model.Integer("expert_used_count");
        config["norm_topk_prob"] = false; // as above: llama.cpp does not for this one
        config["clip_qkv"] = model.FindNumber("attention.clamp_kqv");
    }

    /// <summary>Granite's multipliers.</summary>
    internal static void Granite(GgufModel model, JsonObject config)
    {
        AttentionBias(model, config);
        config["mlp_bias"] = model.HasInLayers("ffn_up.bias");
        config["attention_multiplier"] = model.FindNumber("attention.scale") ?? 1;
        config["embedding_multiplier"] = model.FindNumber("embedding_scale") ?? 1;
        config["residual_multiplier"] = model.FindNumber("residual_scale") ?? 1;
        config["logits_scaling"] = model.FindNumber("logit_scale") ?? 1;
    }

    private static void Gemma(GgufModel model, JsonObject config)
    {
        AttentionBias(model, config);
        config["hidden_act"] = "gelu_pytorch_tanh";
        config["hidden_activation"] = "gelu_pytorch_tanh";
    }

    private static void Gemma2(GgufModel model, JsonObject config)
    {
        Gemma(model, config);
        config["query_pre_attn_scalar"] = model.Layers == 46 ? model.Width / model.Heads : model.HeadWidth; // 46 layers: the 27B
        config["attn_logit_softcapping"] = model.FindNumber("attn_logit_softcapping") ?? 50;
        config["final_logit_softcapping"] = model.FindNumber("final_logit_softcapping") ?? 30;
        config["sliding_window"] = model.FindInteger("attention.sliding_window") ?? 4096;
    }

    private static void Gemma3(GgufModel model, JsonObject config)
    {
        Gemma(model, config);
        config["query_pre_attn_scalar"] = model.Layers == 62 ? model.Width / model.Heads : model.HeadWidth; // 62 layers: the 27B
        config["attn_logit_softcapping"] = null;
        config["final_logit_softcapping"] = model.FindNumber("final_logit_softcapping");
        config["sliding_window"] = model.Integer("attention.sliding_window");
        config["sliding_window_pattern"] = model.Find("attention.sliding_window_pattern") is long pattern ? pattern : 6;
        config["rope_local_base_freq"] = model.FindNumber("rope.freq_base_swa") ?? 10000;
    }

    private static void Phi3(GgufModel model, JsonObject config)
    {
        config["sliding_window"] = model.FindInteger("attention.sliding_window") is > 0 and var window ? window : null;
        config["original_max_position_embeddings"] = model.FindInteger("rope.scaling.original_context_length") ?? model.FindInteger("context_length");
    }

    private static void Cohere(GgufModel model, JsonObject config)
    {
        AttentionBias(model, config);
        config["logit_scale"] = model.Number("logit_scale");
        config["use_qk_norm"] = model.HasInLayers("attn_q_norm.weight");
    }

    private static void Phi(GgufModel model, JsonObject config)
    {
        config["hidden_act"] = "gelu_new";
        config["qk_layernorm"] = model.HasInLayers("attn_q_norm.weight");
    }

    private static void StableLm(GgufModel model, JsonObject config)
    {
        config["use_qkv_bias"] = model.HasInLayers("attn_q.bias");
        config["qk_layernorm"] = model.HasInLayers("attn_q_norm.weight");
        config["use_parallel_residual"] = model.Find("use_parallel_residual") is true;
    }

    private static void Starcoder2(GgufModel model, JsonObject config)
    {
        config["hidden_act"] = "gelu_pytorch_tanh";
        config["use_bias"] = model.HasInLayers("attn_q.bias");
        config["sliding_window"] = model.FindInteger("attention.sliding_window");
    }

    private static void GptNeoX(GgufModel model, JsonObject config)
    {
        config["hidden_act"] = "gelu";
        config["attention_bias"] = model.HasInLayers("attn_qkv.bias");
        config["use_parallel_residual"] = model.Find("use_parallel_residual") is not false;
        config["rotary_emb_base"] = config["rope_theta"]!.DeepClone();
        config["partial_rotary_factor"] ??= 1.0;
        config["rotary_pct"] = config["partial_rotary_factor"]!.DeepClone();
    }
}
