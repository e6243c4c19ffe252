using System.Text.Json.Nodes;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>
/// Families with experts and what goes beyond them: shared experts, correction biases, dense layers among the others. After the classes of
/// llama.cpp's converter (<c>conversion/*.py</c>), read backwards.
/// </summary>
internal static class GgufMixtures
{
    /// <summary>The families.</summary>
    public static IReadOnlyList<GgufArchitecture> All { get; } =
    [
        new("qwen2moe", static _ => "qwen2_moe", Shared("mlp.shared_expert", ("ffn_gate_inp_shexp", "mlp.shared_expert_gate")), Qwen2Moe) { OneRow = ["ffn_gate_inp_shexp"] },
        new("glm4moe", static _ => "glm4_moe", Shared("mlp.shared_experts", ("exp_probs_b.bias", "mlp.gate.e_score_correction_bias"), ("post_attention_norm", "post_attention_layernorm")), Glm4Moe),
        new("ernie4_5-moe", static _ => "ernie4_5_moe", Shared("mlp.shared_experts", ("exp_probs_b.bias", "mlp.moe_statics.e_score_correction_bias")), Ernie45Moe) { OneRow = ["exp_probs_b"] },
        new("hunyuan-moe", static _ => "hunyuan_v1_moe", Shared("mlp.shared_mlp", ("ffn_gate_inp", "mlp.gate.wg"), ("attn_q_norm", "self_attn.query_layernorm"), ("attn_k_norm", "self_attn.key_layernorm")), HunyuanMoe),
        new("minimax-m2", static _ => "minimax_m2", GgufArchitectures.With(
            ("ffn_gate_inp", "block_sparse_moe.gate"), ("exp_probs_b.bias", "block_sparse_moe.e_score_correction_bias"),
            ("ffn_gate_exps", "block_sparse_moe.experts.{e}.w1"), ("ffn_down_exps", "block_sparse_moe.experts.{e}.w2"), ("ffn_up_exps", "block_sparse_moe.experts.{e}.w3")), MiniMaxM2),
        new("granitemoe", static _ => "granitemoeshared", GgufArchitectures.With(
            ("ffn_gate_inp", "block_sparse_moe.router"), ("ffn_gate_exps", "block_sparse_moe.experts.{e}.gate_proj"),
            ("ffn_up_exps", "block_sparse_moe.experts.{e}.up_proj"), ("ffn_down_exps", "block_sparse_moe.experts.{e}.down_proj"),
            ("ffn_gate_shexp", "^shared_mlp.input_linear"), ("ffn_up_shexp", "_shared_mlp.input_linear"), ("ffn_down_shexp", "shared_mlp.output_linear")), GraniteMoe)
        {
            InterleavesRotaryHalves = true,
        },
    ];

    private static Dictionary<string, string> Shared(string prefix, params ReadOnlySpan<(string Name, string HuggingFace)> others) => GgufArchitectures.With(
        [("ffn_gate_shexp", $"{prefix}.gate_proj"), ("ffn_up_shexp", $"{prefix}.up_proj"), ("ffn_down_shexp", $"{prefix}.down_proj"), .. others]);

    private static void Qwen2Moe(GgufModel model, JsonObject config)
    {
        config["qkv_bias"] = model.HasInLayers("attn_q.bias");
        config["use_sliding_window"] = false;
        config["num_experts"] = model.Experts;
        config["num_experts_per_tok"] = model.Integer("expert_used_count");
        config["moe_intermediate_size"] = Rows(model, "ffn_up_exps.weight");
        config["shared_expert_intermediate_size"] = Rows(model, "ffn_up_shexp.weight");
        config["decoder_sparse_step"] = 1;
        config["mlp_only_layers"] = new JsonArray([.. Dense(model).Select(static layer => (JsonNode)layer)]);
        config["norm_topk_prob"] = false; // The format has no field for it: llama.cpp does not renormalise for this architecture.
    }

    private static void Glm4Moe(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        RequireSigmoid(model);
        config["use_qk_norm"] = model.HasInLayers("attn_q_norm.weight");
        config["n_routed_experts"] = model.Experts;
        config["num_experts_per_tok"] = model.Integer("expert_used_count");
        config["n_shared_experts"] = model.FindInteger("expert_shared_count") ?? 1;
        config["moe_intermediate_size"] = Rows(model, "ffn_up_exps.weight");
        config["first_k_dense_replace"] = FirstOf(model);
        config["routed_scaling_factor"] = model.FindNumber("expert_weights_scale") ?? 1;
        config["norm_topk_prob"] = model.Find("expert_weights_norm") is true;
        config["n_group"] = model.FindInteger("expert_group_count") ?? 1;
        config["topk_group"] = model.FindInteger("expert_group_used_count") ?? 1;
        config["partial_rotary_factor"] ??= 1.0;
    }

    private static void Ernie45Moe(GgufModel model, JsonObject config)
    {
        var (size, first) = (Rows(model, "ffn_up_exps.weight"), FirstOf(model));
        config["use_bias"] = model.HasInLayers("attn_q.bias");
        config["moe_num_experts"] = model.Experts;
        config["moe_k"] = model.Integer("expert_used_count");
        config["moe_intermediate_size"] = size;
        config["moe_num_shared_experts"] = model.FindInLayers("ffn_up_shexp.weight") is { } shared ? shared.Shape[^2] / size : 0;
        config["moe_layer_interval"] = model.FindInteger("interleave_moe_layer_step") is > 0 and var step ? step : 1;
        config["moe_layer_start_index"] = first;
        config["moe_layer_end_index"] = Enumerable.Range(0, (int)model.MainLayers).Except(Dense(model)).LastOrDefault();
    }

    /// <summary>The base that an <c>alpha</c> enlarges is written enlarged.</summary>
    private static void HunyuanMoe(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        config["num_experts"] = model.Experts;
        config["moe_topk"] = model.Integer("expert_used_count");
    }

    private static void MiniMaxM2(GgufModel model, JsonObject config)
    {
        RequireSigmoid(model);
        config["num_local_experts"] = model.Experts;
        config["num_experts_per_tok"] = model.Integer("expert_used_count");
        config["partial_rotary_factor"] ??= 1.0;
    }

    private static void GraniteMoe(GgufModel model, JsonObject config)
    {
        GgufArchitectures.Granite(model, config);
        config.Remove("mlp_bias");
        config["num_local_experts"] = model.Experts;
        config["num_experts_per_tok"] = model.Integer("expert_used_count");
        config["shared_intermediate_size"] = model.FindInLayers("ffn_up_shexp.weight")?.Shape[^2] ?? 0;
    }

    /// <summary>The rows of a tensor of the first layer that has one, of each expert's where it is a stack.</summary>
    private static long Rows(GgufModel model, string name) => model.FindInLayers(name) is { Shape.Length: >= 2 } tensor
        ? tensor.Shape[^2]
        : throw new InputException($"{model.Path}: has no tensor 'blk.N.{name}' in any layer, which the architecture '{model.Architecture}' has; it is cut off, or was converted by something else");

    /// <summary>The layers without experts.</summary>
    private static IEnumerable<int> Dense(GgufModel model) =>
        Enumerable.Range(0, (int)model.MainLayers).Where(layer => !model.Tensors.ContainsKey($"blk.{layer}.ffn_gate_inp.weight"));

    /// <summary>The first layer with experts.</summary>
    private static int FirstOf(GgufModel model) => Enumerable.Range(0, (int)model.MainLayers).Except(Dense(model)).FirstOrDefault((int)model.MainLayers);

    /// <summary>Refuses a router that scores in another way than the family's class, which is by the logistic function.</summary>
    private static void RequireSigmoid(GgufModel model)
    {
        const int Sigmoid = 2;
        if (model.FindInteger("expert_gating_func") is { } kind and not Sigmoid)
            throw new InputException($"{model.Path}: '{model.Architecture}.expert_gating_func' is {kind}, but this family's routers score by {Sigmoid} (the logistic function)");
    }
}
