using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders;

/// <summary>
/// Small configurations of every family in the variants that its configuration file allows. A new family needs one
/// entry here, and gets the tests of <see cref="FamilyGradientTests"/> for it.
/// </summary>
internal static class FamilyVariants
{
    private const string Common = """
        {"hidden_size": 16, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "vocab_size": 23, "max_position_embeddings": 64}
        """;

    private static readonly string[] s_heads =
    [
        """{"num_key_value_heads": 1}""",
        """{"num_key_value_heads": 4}""",
        """{"num_attention_heads": 2, "num_key_value_heads": 1}""",
    ];

    private static readonly string[] s_ties = ["""{"tie_word_embeddings": true}""", """{"tie_word_embeddings": false}"""];

    /// <summary>Every kind of rotary scaling, for heads of four columns; the examples are shorter and longer than the original lengths.</summary>
    private static readonly string[] s_scalings =
    [
        """{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 16}}""",
        """{"rope_scaling": {"type": "linear", "factor": 2}}""",
        """{"rope_scaling": {"type": "dynamic", "factor": 3}, "max_position_embeddings": 4}""",
        """{"rope_parameters": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 8, "rope_theta": 50}}""",
        """{"rope_parameters": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 8, "attention_factor": 0.8, "beta_fast": 2, "beta_slow": 0.5}}""",
        """{"rope_scaling": {"type": "yarn", "factor": 8, "original_max_position_embeddings": 8, "mscale": 0.8, "mscale_all_dim": 0.5, "truncate": false}}""",
        """{"rope_scaling": {"type": "longrope", "short_factor": [1.1, 1.3], "long_factor": [2.5, 4], "factor": 4, "original_max_position_embeddings": 5}}""",
        """{"rope_scaling": {"rope_type": "longrope", "short_factor": [1.1, 1.3], "long_factor": [2.5, 4], "attention_factor": 1.2}, "max_position_embeddings": 7}""",
    ];

    /// <summary>The families whose configuration stands under <c>text_config</c>.</summary>
    private static readonly string[] s_wrappers = ["gemma3", "mistral3", "qwen2_5_vl", "qwen3_vl", "qwen3_5", "qwen3_5_moe", "gemma4"];

    private const string Delta = """{"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 3, "linear_value_head_dim": 5, "head_dim": 8, "full_attention_interval": 2}""";

    private const string DeltaExperts = """{"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5, "shared_expert_intermediate_size": 7}""";

    /// <summary>What all of Qwen's families with Gated DeltaNet may say.</summary>
    private static readonly string[] s_delta =
    [
        "{}", """{"linear_num_value_heads": 2, "linear_conv_kernel_dim": 2}""", """{"linear_num_value_heads": 2, "full_attention_interval": 3, "partial_rotary_factor": 1.0, "rope_theta": 40}""", """{"linear_num_key_heads": 1, "linear_num_value_heads": 3, "attention_bias": true}""",
        """{"layer_types": ["full_attention", "linear_attention"], "rope_parameters": {"rope_type": "default", "rope_theta": 50, "partial_rotary_factor": 0.5}}""",
        """{"layer_types": ["linear_attention", "linear_attention"], "linear_key_head_dim": 5, "linear_value_head_dim": 2, "linear_conv_kernel_dim": 1}""",
    ];

    private static readonly Dictionary<string, string[]> s_variants = new()
    {
        ["llama"] =
        [
            "{}", .. s_heads, .. s_ties, """{"attention_bias": true, "mlp_bias": true}""", """{"head_dim": 6}""",
            .. s_scalings,
        ],
        ["mistral"] = ["{}", .. s_heads, .. s_ties, """{"sliding_window": 3}""", """{"head_dim": 6}"""],
        ["qwen2"] = ["{}", .. s_heads, .. s_ties, """{"use_sliding_window": true, "sliding_window": 3, "max_window_layers": 1}"""],
        ["qwen3"] =
        [
            .. With("""{"head_dim": 6}""", ["{}", """{"attention_bias": true}""", .. s_heads], s_ties),
            """{"head_dim": 6, "use_sliding_window": true, "sliding_window": 2, "layer_types": ["sliding_attention", "full_attention"]}""",
        ],
        ["gemma"] = [.. With("""{"head_dim": 6}""", ["{}", """{"attention_bias": true}"""], s_heads, s_ties)],
        ["gemma2"] =
        [
            """{"head_dim": 6, "query_pre_attn_scalar": 8, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0, "sliding_window": 3}""",
            .. With("""{"head_dim": 6}""", s_heads, s_ties, ["""{"attention_bias": true}""", """{"layer_types": ["full_attention", "sliding_attention"], "sliding_window": 4}"""]),
        ],
        ["gemma3_text"] =
        [
            """{"head_dim": 6, "query_pre_attn_scalar": 8, "sliding_window": 3, "sliding_window_pattern": 2}""",
            .. With("""{"head_dim": 4}""", s_heads, s_ties, ["""{"attention_bias": true, "final_logit_softcapping": 3.0}"""]),
            """
            {"head_dim": 4, "sliding_window_pattern": 2, "sliding_window": 4, "max_position_embeddings": 4, "rope_parameters": {
              "full_attention": {"rope_type": "dynamic", "factor": 3, "rope_theta": 50},
              "sliding_attention": {"rope_type": "longrope", "short_factor": [1.1, 1.3], "long_factor": [2.5, 4], "original_max_position_embeddings": 5}}}
            """,
        ],
        ["phi3"] =
        [
            "{}", .. s_heads, .. s_ties, """{"sliding_window": 3}""", """{"partial_rotary_factor": 0.5}""",
            """{"rope_scaling": {"type": "su", "short_factor": [1.1, 1.3], "long_factor": [2.5, 4]}, "original_max_position_embeddings": 5}""",
        ],
        ["olmo2"] = ["{}", .. s_heads, .. s_ties, """{"attention_bias": true}"""],
        ["granite"] =
        [
            """{"attention_multiplier": 0.4, "residual_multiplier": 0.3, "embedding_multiplier": 3.0, "logits_scaling": 2.0}""", .. s_heads, .. s_ties,
            """{"attention_bias": true, "mlp_bias": true}""",
        ],
        ["mixtral"] =
        [
            """{"num_local_experts": 4, "num_experts_per_tok": 2}""", .. With("""{"num_local_experts": 3, "num_experts_per_tok": 1}""", s_heads, s_ties),
            """{"num_local_experts": 3, "num_experts_per_tok": 3, "sliding_window": 3}""", """{"num_local_experts": 1, "num_experts_per_tok": 1}""",
        ],
        ["qwen3_moe"] =
        [
            .. With("""{"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5}""",
                ["{}", """{"norm_topk_prob": true}""", """{"decoder_sparse_step": 2}""", """{"mlp_only_layers": [0]}""", """{"head_dim": 6, "attention_bias": true}""", .. s_heads],
                s_ties),
        ],
        ["olmoe"] =
        [
            .. With("""{"num_experts": 4, "num_experts_per_tok": 2}""",
                ["{}", """{"norm_topk_prob": true}""", """{"clip_qkv": 0.6}""", """{"attention_bias": true, "clip_qkv": 0.9}""", .. s_heads], s_ties),
        ],
        ["qwen2_moe"] =
        [
            .. With("""{"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5, "shared_expert_intermediate_size": 7}""",
                ["{}", """{"norm_topk_prob": true}""", """{"decoder_sparse_step": 2}""", """{"mlp_only_layers": [0]}""", """{"qkv_bias": false, "head_dim": 6}""", .. s_heads],
                s_ties, ["""{"use_sliding_window": true, "sliding_window": 3, "max_window_layers": 1}"""]),
        ],
        ["granitemoeshared"] =
        [
            .. With("""{"num_local_experts": 4, "num_experts_per_tok": 2, "shared_intermediate_size": 7, "attention_multiplier": 0.4}""",
                ["{}", """{"residual_multiplier": 0.3, "embedding_multiplier": 3.0, "logits_scaling": 2.0}""", """{"shared_intermediate_size": 0}""", """{"attention_bias": true}""", .. s_heads], s_ties),
        ],
        ["glm4_moe"] =
        [
            .. With("""{"n_routed_experts": 6, "num_experts_per_tok": 3, "moe_intermediate_size": 5, "head_dim": 4}""",
                ["{}", """{"use_qk_norm": true, "attention_bias": true}""", """{"routed_scaling_factor": 2.5, "n_shared_experts": 2}""", """{"norm_topk_prob": false, "first_k_dense_replace": 0}""",
                    """{"n_group": 3, "topk_group": 2, "first_k_dense_replace": 0}""", """{"partial_rotary_factor": 1.0}""", .. s_heads], s_ties),
        ],
        ["deepseek_v3"] =
        [
            .. With("""{"n_routed_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 5, "n_group": 1, "topk_group": 1, "first_k_dense_replace": 1, "q_lora_rank": 7, "kv_lora_rank": 6, "qk_nope_head_dim": 3, "qk_rope_head_dim": 4, "v_head_dim": 5}""",
                ["{}", """{"q_lora_rank": null, "rope_interleave": false}""", """{"n_group": 3, "topk_group": 2, "first_k_dense_replace": 0, "n_shared_experts": 2}""",
                    """{"attention_bias": true, "norm_topk_prob": false, "first_k_dense_replace": 2}""", """{"q_lora_rank": null, "attention_bias": true, "v_head_dim": 2}""",
                    """{"q_lora_rank": null, "rope_interleave": false, "rope_parameters": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 8, "rope_theta": 50, "mscale": 1, "mscale_all_dim": 0.7}}""",
                    """{"n_group": 2, "topk_group": 1, "norm_topk_prob": false, "routed_scaling_factor": 1.0, "first_k_dense_replace": 0}""",
                    """{"num_attention_heads": 3, "num_key_value_heads": 1, "qk_nope_head_dim": 4, "qk_rope_head_dim": 2, "n_group": 2, "topk_group": 2, "num_experts_per_tok": 5, "first_k_dense_replace": 0}"""],
                s_ties, s_scalings),
        ],
        ["deepseek_v2"] =
        [
            .. With("""{"n_routed_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 5, "q_lora_rank": null, "kv_lora_rank": 6, "qk_nope_head_dim": 3, "qk_rope_head_dim": 4, "v_head_dim": 5}""",
                ["{}", """{"q_lora_rank": 7, "routed_scaling_factor": 1.5}""", """{"topk_method": "group_limited_greedy", "n_group": 3, "topk_group": 2, "n_shared_experts": 1}""",
                    """{"attention_bias": true, "mlp_bias": true, "first_k_dense_replace": 1}""",
                    """{"topk_method": "group_limited_greedy", "n_group": 2, "topk_group": 1, "norm_topk_prob": true, "num_experts_per_tok": 3}""",
                    """{"rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 8, "mscale": 0.8, "mscale_all_dim": 0.5}, "rope_theta": 50}"""], s_ties),
        ],
        ["mistral4"] =
        [
            .. With("""{"n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5, "q_lora_rank": 7, "kv_lora_rank": 6, "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 5}""",
                ["{}", """{"q_lora_rank": null, "rope_interleave": false}""", """{"n_group": 2, "topk_group": 1, "norm_topk_prob": false, "first_k_dense_replace": 1}""",
                    """
                    {"rope_parameters": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 3, "rope_theta": 60, "mscale": 1, "mscale_all_dim": 0.8,
                     "llama_4_scaling_beta": 0.4}, "attention_bias": true}
                    """], s_ties),
        ],
        ["lfm2"] =
        [
            .. With("""{"layer_types": ["conv", "full_attention"], "block_multiple_of": 4}""", ["{}", """{"conv_bias": true, "conv_L_cache": 2}""", """{"block_auto_adjust_ff_dim": false}""", .. s_heads], s_ties),
            """{"full_attn_idxs": [0], "block_ff_dim": 9, "block_multiple_of": 5, "block_ffn_dim_multiplier": 1.3, "tie_embedding": false, "theta": 50}""",
        ],
        ["gemma4_text"] =
        [
            .. With("""{"head_dim": 4, "global_head_dim": 6, "hidden_size_per_layer_input": 3, "vocab_size_per_layer_input": 23, "sliding_window": 3, "num_hidden_layers": 4, "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]}""",
                ["{}", """{"num_kv_shared_layers": 2, "use_double_wide_mlp": true}""", """{"attention_k_eq_v": true, "num_global_key_value_heads": 1, "tie_word_embeddings": false, "rms_norm_eps": 0.01}""",
                    """{"hidden_size_per_layer_input": 0, "attention_bias": true, "final_logit_softcapping": 3.0}""",
                    """{"enable_moe_block": true, "num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 5, "hidden_size_per_layer_input": 0}""",
                    """{"enable_moe_block": true, "num_experts": 3, "top_k_experts": 3, "moe_intermediate_size": 4, "num_kv_shared_layers": 2, "use_double_wide_mlp": true, "attention_k_eq_v": true}""",
                    """{"num_kv_shared_layers": 0, "use_double_wide_mlp": true, "sliding_window": 1}""",
                    """{"num_kv_shared_layers": 2, "attention_k_eq_v": true, "per_layer_config": {"1": {"head_dim": 8, "num_key_value_heads": 4}, "3": {"head_dim": 8, "num_key_value_heads": 4}}}""",
                    """{"rope_parameters": {"full_attention": {"rope_type": "proportional", "partial_rotary_factor": 0.7, "rope_theta": 50, "factor": 2}, "sliding_attention": {"rope_type": "default", "rope_theta": 20}}}"""],
                s_ties),
        ],
        ["gemma4"] = [.. With("""{"head_dim": 4, "global_head_dim": 6, "hidden_size_per_layer_input": 3, "vocab_size_per_layer_input": 23, "sliding_window": 3}""", s_ties)],
        ["qwen3_next"] =
        [
            .. With(Merge(Delta, DeltaExperts), s_delta, s_ties, ["""{"norm_topk_prob": false, "decoder_sparse_step": 2}""", """{"mlp_only_layers": [1], "num_key_value_heads": 1}""", """{"mlp_only_layers": null, "num_experts_per_tok": 4}"""]),
        ],
        ["qwen3_5_text"] = [.. With(Delta, s_delta, s_ties, ["""{"num_key_value_heads": 4}"""])],
        ["qwen3_5"] = [.. With(Delta, s_delta[..2], s_ties)],
        ["qwen3_5_moe_text"] = [.. With(Merge(Delta, DeltaExperts), s_delta[..3], s_ties)],
        ["qwen3_5_moe"] = [.. With(Merge(Delta, DeltaExperts), ["{}"], s_ties)],
        ["gpt_oss"] =
        [
            .. With("""{"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 4, "sliding_window": 3, "swiglu_limit": 0.9}""",
                ["{}", """{"attention_bias": false}""", """{"layer_types": ["full_attention", "sliding_attention"], "swiglu_alpha": 1.2}""", """{"num_experts_per_tok": 1, "head_dim": 6}""",
                    """{"rope_parameters": {"rope_type": "default", "rope_theta": 100}}""", """{"swiglu_limit": 7.0}""", """{"swiglu_limit": 0.3, "swiglu_alpha": 0.5, "sliding_window": 1, "num_experts_per_tok": 4}""", .. s_heads], s_ties),
        ],
        ["hunyuan_v1_moe"] =
        [
            .. With("""{"num_experts": 4, "moe_topk": 2, "head_dim": 4}""",
                ["{}", """{"moe_topk": [1, 3]}""", """{"attention_bias": true, "head_dim": 6}""", """{"rope_scaling": {"type": "dynamic", "alpha": 20, "factor": 1}}""", .. s_heads], s_ties),
        ],
        ["minimax_m2"] =
        [
            .. With("""{"num_local_experts": 5, "num_experts_per_tok": 2, "head_dim": 4}""",
                ["{}", """{"rotary_dim": 2}""", """{"partial_rotary_factor": 0.5, "num_experts_per_tok": 1}""", """{"head_dim": 6}""", .. s_heads], s_ties),
        ],
        ["ernie4_5_moe"] =
        [
            .. With("""{"moe_num_experts": 5, "moe_k": 2, "moe_intermediate_size": 5}""",
                ["{}", """{"use_bias": true}""", """{"moe_num_shared_experts": 0, "moe_layer_start_index": 0}""", """{"moe_layer_interval": 2, "moe_layer_start_index": 0}""",
                    """{"moe_layer_start_index": 0, "moe_layer_end_index": 0, "use_bias": true}""", """{"moe_norm_min": 0.9, "head_dim": 6}""", .. s_heads], s_ties),
        ],
        ["phi"] = ["{}", .. s_heads, .. s_ties, """{"qk_layernorm": true}""", """{"partial_rotary_factor": 1.0}""", """{"hidden_act": "relu"}"""],
        ["cohere"] = ["{}", .. s_scalings, .. s_heads, .. s_ties, """{"use_qk_norm": true}""", """{"attention_bias": true, "logit_scale": 0.5}"""],
        ["glm"] =
        [
            .. With("""{"head_dim": 4}""", ["{}", .. s_heads], s_ties), """{"head_dim": 4, "attention_bias": false, "partial_rotary_factor": 1.0}""",
            .. With("""{"head_dim": 8}""", ["{}"], s_scalings), """{"head_dim": 4, "partial_rotary_factor": 0.0}""",
        ],
        ["starcoder2"] = ["{}", .. s_heads, .. s_ties, """{"use_bias": false}""", """{"sliding_window": 3}"""],
        ["stablelm"] =
        [
            """{"partial_rotary_factor": 0.5}""", .. With("""{"partial_rotary_factor": 0.5}""", s_heads, s_ties), """{"partial_rotary_factor": 0.5, "use_qkv_bias": true}""",
            """{"partial_rotary_factor": 0.5, "qk_layernorm": true, "use_parallel_residual": true}""",
            """{"use_parallel_residual": true, "partial_rotary_factor": 1.0}""",
        ],
        ["smollm3"] =
        [
            "{}", .. s_heads, .. s_ties, .. s_scalings, """{"no_rope_layers": [0, 1], "attention_bias": true, "mlp_bias": true}""",
            """{"no_rope_layer_interval": 1}""", """{"no_rope_layer_interval": 2, "use_sliding_window": true, "sliding_window": 3}""",
            """{"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 2, "head_dim": 6}""",
        ],
        ["olmo3"] =
        [
            """{"sliding_window": 3}""", .. With("""{"sliding_window": 3, "layer_types": ["full_attention", "sliding_attention"]}""", s_heads, s_ties),
            """{"attention_bias": true, "sliding_window": 2, "layer_types": ["sliding_attention", "full_attention"]}""",
            """
            {"layer_types": ["full_attention", "sliding_attention"], "sliding_window": 4, "rope_parameters": {
              "full_attention": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 8, "rope_theta": 50},
              "sliding_attention": {"rope_type": "default", "rope_theta": 20}}}
            """,
            """
            {"layer_types": ["full_attention", "sliding_attention"], "sliding_window": 4, "rope_theta": 60,
             "rope_scaling": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 8, "attention_factor": 1.2}}
            """,
        ],
        ["glm4"] =
        [
            .. With("""{"head_dim": 4}""", ["{}", .. s_heads], s_ties), """{"head_dim": 4, "attention_bias": false, "partial_rotary_factor": 1.0}""",
            .. With("""{"head_dim": 8}""", ["{}"], s_scalings), """{"head_dim": 4, "partial_rotary_factor": 0.0}""",
        ],
        ["seed_oss"] =
        [
            .. With("""{"head_dim": 6}""", ["{}", .. s_heads], s_ties), """{"head_dim": null, "attention_bias": false, "attention_out_bias": true}""",
            """{"head_dim": 4, "mlp_bias": true}""", .. With("""{"head_dim": 4}""", s_scalings),
        ],
        ["ernie4_5"] = [.. With("""{"head_dim": 4}""", ["{}", """{"use_bias": true}""", .. s_heads], s_ties), .. With("""{"head_dim": 4}""", s_scalings)],
        ["exaone4"] =
        [
            """{"sliding_window": 3, "sliding_window_pattern": 2}""", """{"sliding_window": 3}""",
            """{"sliding_window": null, "layer_types": ["full_attention", "full_attention"]}""",
            .. With("""{"sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"]}""", ["{}", """{"head_dim": 6}"""], s_heads, s_ties, s_scalings),
        ],
        ["hunyuan_v1_dense"] =
        [
            .. With("""{"head_dim": 4}""", ["{}", """{"attention_bias": true}"""], s_heads, s_ties, s_scalings), """{"head_dim": 6}""",
            """{"head_dim": 4, "rope_scaling": {"type": "dynamic", "alpha": 9.0, "factor": 1.0, "beta_fast": 32}, "max_position_embeddings": 4}""",
        ],
        ["ministral3"] =
        [
            .. With("""{"head_dim": 6}""", ["{}"], s_heads, s_ties), """{"head_dim": 6, "sliding_window": 3}""",
            """
            {"head_dim": 4, "rope_parameters": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 3, "rope_theta": 50, "mscale": 1,
             "mscale_all_dim": 1, "llama_4_scaling_beta": 0.4}}
            """,
            """{"head_dim": 4, "rope_parameters": {"rope_type": "default", "original_max_position_embeddings": 2, "llama_4_scaling_beta": 0.3}}""",
        ],
        ["apertus"] =
        [
            "{}", .. s_heads, .. s_ties, .. s_scalings, """{"attention_bias": true, "head_dim": 6}""", """{"hidden_act": "silu"}""",
            """{"rope_parameters": {"rope_type": "default", "rope_theta": 100}}""",
        ],
        ["cohere2"] =
        [
            """{"sliding_window": 3}""", """{"sliding_window": 3, "sliding_window_pattern": 2}""",
            .. With("""{"sliding_window": 3, "layer_types": ["full_attention", "sliding_attention"]}""", s_heads, s_ties, s_scalings),
            """{"attention_bias": true, "logit_scale": 0.5, "head_dim": 6}""",
        ],
        ["nemotron"] =
        [
            "{}", .. s_heads, .. s_ties, """{"attention_bias": true, "mlp_bias": true}""", """{"partial_rotary_factor": 1.0, "hidden_act": "gelu"}""", """{"head_dim": 8}""",
            .. With("""{"head_dim": 8}""", s_scalings),
        ],
        ["gpt2"] =
        [
            .. With("""{"n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 12}""",
                ["{}", """{"n_inner": 12}""", """{"n_head": 2}""", """{"scale_attn_weights": false}""", """{"scale_attn_by_inverse_layer_idx": true}""", """{"activation_function": "relu"}"""],
                s_ties),
        ],
        ["gemma3"] =
        [
            """{"head_dim": 6, "query_pre_attn_scalar": 8, "sliding_window": 3, "sliding_window_pattern": 2}""",
            .. With("""{"head_dim": 4}""", s_heads, s_ties, ["""{"attention_bias": true, "final_logit_softcapping": 3.0}"""]),
        ],
        ["mistral3"] =
        [
            .. s_heads, .. s_ties, """{"sliding_window": 3}""",
            """
            {"model_type": "ministral3", "head_dim": 4, "rope_parameters": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 3, "rope_theta": 50,
             "llama_4_scaling_beta": 0.4}}
            """,
        ],
        ["qwen2_5_vl"] =
        [
            .. With("""{"rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 0]}}""",
                ["{}", """{"num_key_value_heads": 1}""", """{"num_key_value_heads": 4}""", """{"use_sliding_window": true, "sliding_window": 3, "max_window_layers": 1}"""], s_ties),
            """{"rope_scaling": {"type": "mrope", "mrope_section": [0, 1, 1]}}""",
            """{"rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 8, "mrope_section": [0, 1, 1]}}""",
        ],
        ["qwen3_vl"] =
        [
            .. With("""{"head_dim": 6}""", ["{}", """{"attention_bias": true}""", .. s_heads], s_ties),
            """{"head_dim": 6, "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 1], "mrope_interleaved": true}}""",
        ],
        ["gpt_neox"] =
        [
            """{"rotary_pct": 0.5}""", """{"rotary_pct": 1.0, "use_parallel_residual": false}""", """{"rotary_pct": 0.5, "attention_bias": false}""",
            """{"rotary_pct": 0.5, "num_attention_heads": 2}""", .. With("""{"rotary_pct": 0.5, "hidden_act": "gelu_new"}""", s_ties),
        ],
    };

    /// <summary>The families that have variants.</summary>
    public static IReadOnlyCollection<string> Families => s_variants.Keys;

    /// <summary>A family's configurations.</summary>
    public static IReadOnlyList<string> Of(string family) => s_variants[family];

    /// <summary>The decoder of a configuration.</summary>
    public static DecoderSpecification Describe(string family, string variant)
    {
        using var document = JsonDocument.Parse(Config(family, variant).ToJsonString());
        return DecoderFamilies.Describe(document.RootElement, $"{family} {variant}");
    }

    /// <summary>The whole configuration of a variant.</summary>
    public static JsonObject Config(string family, string variant)
    {
        var config = JsonNode.Parse(family == "gpt2" ? Merge("""{"vocab_size": 23}""", variant) : Merge(Common, variant))!.AsObject();
        if (s_wrappers.Contains(family))
        {
            var tied = config["tie_word_embeddings"]?.DeepClone();
            config = new JsonObject { ["text_config"] = config };
            if (tied is not null)
                config["tie_word_embeddings"] = tied;
        }

        config["model_type"] = family;
        return config;
    }

    private static IEnumerable<string> With(string first, params string[][] others) => others.SelectMany(list => list).Select(other => Merge(first, other));

    /// <summary>A configuration with the fields of another put over its own.</summary>
    public static string Merge(string first, string second)
    {
        var merged = JsonNode.Parse(first)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(second)!.AsObject())
            merged[name] = value?.DeepClone();
        return merged.ToJsonString();
    }
}
