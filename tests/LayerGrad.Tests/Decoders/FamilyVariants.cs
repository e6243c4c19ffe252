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
        var config = JsonNode.Parse(Merge(Common, variant))!.AsObject();
        config["model_type"] = family;
        using var document = JsonDocument.Parse(config.ToJsonString());
        return DecoderFamilies.Describe(document.RootElement, $"{family} {variant}");
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
