using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders;

/// <summary>What configurations say of experts: which layers have them, and what is refused by name.</summary>
public sealed class MixtureConfigurationTests
{
    private const string Glm = """{"n_routed_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 5, "head_dim": 4, "num_hidden_layers": 4}""";
    private const string Deepseek = """{"n_routed_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 5, "n_group": 4, "topk_group": 2, "num_hidden_layers": 5}""";
    private const string Ernie = """{"moe_num_experts": 4, "moe_k": 2, "moe_intermediate_size": 5, "num_hidden_layers": 6}""";
    private const string Qwen = """{"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5, "shared_expert_intermediate_size": 7, "num_hidden_layers": 6}""";

    [Theory]
    [InlineData("glm4_moe", Glm, "{}", ".###")]
    [InlineData("glm4_moe", Glm, """{"first_k_dense_replace": 3}""", "...#")]
    [InlineData("glm4_moe", Glm, """{"first_k_dense_replace": 9}""", "....")]
    [InlineData("deepseek_v3", Deepseek, "{}", "...##")]
    [InlineData("deepseek_v3", Deepseek, """{"first_k_dense_replace": 1, "num_nextn_predict_layers": 1}""", ".####")]
    [InlineData("deepseek_v2", Deepseek, "{}", "#####")]
    [InlineData("mistral4", Deepseek, """{"first_k_dense_replace": 2}""", "..###")]
    [InlineData("ernie4_5_moe", Ernie, "{}", ".#####")]
    [InlineData("ernie4_5_moe", Ernie, """{"moe_layer_interval": 2}""", ".#.#.#")]
    [InlineData("ernie4_5_moe", Ernie, """{"moe_layer_start_index": 2, "moe_layer_end_index": 4}""", "..###.")]
    [InlineData("ernie4_5_moe", Ernie, """{"moe_layer_end_index": -2}""", "......")]
    [InlineData("qwen2_moe", Qwen, "{}", "######")]
    [InlineData("qwen2_moe", Qwen, """{"decoder_sparse_step": 3, "mlp_only_layers": [5]}""", "..#...")]
    public void Layers_have_experts_where_the_configuration_says_so(string family, string config, string changes, string experts) =>
        string.Concat(FamilyVariants.Describe(family, FamilyVariants.Merge(config, changes)).Layers.Select(layer => layer.FeedForward is MixtureOfExpertsSpecification ? '#' : '.')).ShouldBe(experts);

    [Theory]
    [InlineData("3", new[] { 3, 3 })]
    [InlineData("[1, 2]", new[] { 1, 2 })]
    [InlineData("[1, 4, 9]", new[] { 1, 4 })]
    public void A_token_of_Hunyuan_goes_through_as_many_experts_as_its_layer_says(string perToken, int[] expected) =>
        FamilyVariants.Describe("hunyuan_v1_moe", $$"""{"num_experts": 4, "head_dim": 4, "moe_topk": {{perToken}}}""").Layers
            .Select(layer => ((MixtureOfExpertsSpecification)layer.FeedForward!).Routing.ExpertsPerToken).ShouldBe(expected);

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"use_sliding_window": true, "sliding_window": 5}""", "5.5.5.")]
    [InlineData("""{"use_sliding_window": true, "sliding_window": 5, "max_window_layers": 3}""", "5.5...")]
    [InlineData("""{"use_sliding_window": true, "sliding_window": 5, "layer_types": ["full_attention", "sliding_attention", "full_attention", "full_attention", "full_attention", "full_attention"]}""", ".5....")]
    public void Qwen2_MoE_slides_in_every_other_of_the_lower_layers(string config, string? windows)
    {
        var specification = FamilyVariants.Describe("qwen2_moe", FamilyVariants.Merge(Qwen, config));
        string.Concat(specification.Layers.Select(layer => ((AttentionSpecification)layer.Mixer!).Shape.Window?.ToString() ?? ".")).ShouldBe(windows ?? "......");
    }

    [Theory]
    [InlineData("glm4_moe", Glm, """{"n_group": 3}""", "n_group")]
    [InlineData("glm4_moe", Glm, """{"n_group": 8}""", "n_group")]
    [InlineData("glm4_moe", Glm, """{"n_group": 4, "topk_group": 5}""", "topk_group")]
    [InlineData("glm4_moe", Glm, """{"n_group": 4, "topk_group": 1}""", "topk_group")]
    [InlineData("glm4_moe", Glm, """{"n_routed_experts": 2}""", "num_experts_per_tok")]
    [InlineData("glm4_moe", Glm, """{"num_local_experts": 4}""", "num_local_experts")]
    [InlineData("glm4_moe", Glm, """{"n_shared_experts": 0}""", "n_shared_experts")]
    [InlineData("glm4_moe", Glm, """{"head_dim": null}""", "head_dim")]
    [InlineData("glm4_moe", Glm, """{"num_key_value_heads": null}""", "num_key_value_heads")]
    [InlineData("glm4_moe", Glm, """{"routed_scaling_factor": null}""", "routed_scaling_factor")]
    [InlineData("glm4_moe", Glm, """{"hidden_act": "xielu"}""", "hidden_act")]
    [InlineData("ernie4_5_moe", Ernie, """{"moe_layer_interval": 0}""", "moe_layer_interval")]
    [InlineData("ernie4_5_moe", Ernie, """{"moe_k": 5}""", "moe_k")]
    [InlineData("ernie4_5_moe", Ernie, """{"num_experts_per_tok": 3}""", "num_experts_per_tok")]
    [InlineData("ernie4_5_moe", Ernie, """{"moe_intermediate_size": 268435456}""", "moe_num_shared_experts")]
    [InlineData("qwen2_moe", Qwen, """{"use_sliding_window": true, "sliding_window": null}""", "sliding_window")]
    [InlineData("qwen2_moe", Qwen, """{"layer_types": ["sliding_attention", "full_attention", "full_attention", "full_attention", "full_attention", "full_attention"]}""", "use_sliding_window")]
    [InlineData("qwen2_moe", Qwen, """{"decoder_sparse_step": 0}""", "decoder_sparse_step")]
    [InlineData("granitemoeshared", "{}", """{"num_local_experts": 1, "num_experts_per_tok": 2}""", "num_experts_per_tok")]
    [InlineData("granitemoeshared", "{}", """{"embedding_multiplier": null}""", "embedding_multiplier")]
    [InlineData("granitemoeshared", "{}", """{"position_embedding_type": "nope"}""", "position_embedding_type")]
    [InlineData("minimax_m2", "{}", """{"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 4, "rotary_dim": 6}""", "rotary_dim")]
    [InlineData("deepseek_v3", Deepseek, """{"q_lora_rank": 0}""", "q_lora_rank")]
    [InlineData("deepseek_v3", Deepseek, """{"kv_lora_rank": null}""", "kv_lora_rank")]
    [InlineData("deepseek_v3", Deepseek, """{"n_group": 3}""", "n_group")]
    [InlineData("deepseek_v3", Deepseek, """{"qk_rope_head_dim": 3}""", "3")]
    [InlineData("deepseek_v3", Deepseek, """{"num_attention_heads": 16384, "v_head_dim": 100000}""", "v_head_dim")]
    [InlineData("deepseek_v2", Deepseek, """{"topk_method": "noaux_tc"}""", "topk_method")]
    [InlineData("deepseek_v2", Deepseek, """{"num_attention_heads": 3}""", "num_attention_heads")]
    [InlineData("deepseek_v2", Deepseek, """{"topk_method": "group_limited_greedy", "topk_group": null}""", "topk_group")]
    [InlineData("deepseek_v2", "{}", """{"n_routed_experts": 4}""", "num_experts_per_tok")]
    [InlineData("mistral4", Deepseek, """{"rope_parameters": {"rope_type": "default", "llama_4_scaling_beta": 0.1, "original_max_position_embeddings": 8, "partial_rotary_factor": 0.25}}""", "partial_rotary_factor")]
    [InlineData("mistral4", Deepseek, """{"rope_parameters": {"rope_type": "default", "rope_theta": 100}}""", "llama_4_scaling_beta")]
    [InlineData("qwen3_5_text", """{"head_dim": 8}""", """{"linear_num_key_heads": 3}""", "linear_num_key_heads")]
    [InlineData("qwen3_5_text", """{"head_dim": 8}""", """{"linear_conv_kernel_dim": 17}""", "linear_conv_kernel_dim")]
    [InlineData("qwen3_5_text", """{"head_dim": 8}""", """{"layer_types": ["linear_attention", "mamba"]}""", "layer_types")]
    [InlineData("qwen3_5_text", """{"head_dim": 8}""", """{"layer_types": ["linear_attention"]}""", "layer_types")]
    [InlineData("qwen3_5_text", """{"head_dim": 8}""", """{"linear_num_value_heads": 16384, "linear_key_head_dim": 1024}""", "linear_value_head_dim")]
    [InlineData("gpt_oss", "{}", """{"num_local_experts": 4, "num_experts_per_tok": 5, "head_dim": 4}""", "num_experts_per_tok")]
    [InlineData("gpt_oss", """{"num_local_experts": 4, "head_dim": 4}""", """{"swiglu_limit": 0}""", "swiglu_limit")]
    [InlineData("gpt_oss", """{"num_local_experts": 4, "head_dim": 4}""", """{"sliding_window": null}""", "sliding_window")]
    [InlineData("gpt_oss", """{"num_local_experts": 4, "head_dim": 4}""", """{"quantization_config": {"quant_method": "hqq"}}""", "quantization_config.quant_method")]
    [InlineData("gpt_oss", """{"num_local_experts": 4, "head_dim": 4}""", """{"quantization_config": {"quant_method": "fp8", "weight_block_size": [8]}}""", "quantization_config.weight_block_size")]
    [InlineData("gpt_oss", """{"num_local_experts": 4, "head_dim": 4}""", """{"quantization_config": {"quant_method": "fp8", "weight_block_size": [8, 8], "activation_scheme": "strange"}}""", "activation_scheme")]
    [InlineData("gpt_oss", """{"num_local_experts": 4, "head_dim": 4}""", """{"quantization_config": {"quant_method": "fp8", "weight_block_size": [8, 8], "fmt": "e5m2"}}""", "fmt")]
    [InlineData("hunyuan_v1_moe", """{"num_experts": 4, "moe_topk": 2}""", "{}", "head_dim")]
    [InlineData("hunyuan_v1_moe", """{"num_experts": 4, "moe_topk": 2}""", """{"head_dim": 4, "moe_topk": [2]}""", "moe_topk")]
    [InlineData("hunyuan_v1_moe", """{"num_experts": 4, "moe_topk": 2}""", """{"head_dim": 4, "moe_topk": [2, 5]}""", "moe_topk")]
    [InlineData("hunyuan_v1_moe", """{"num_experts": 4, "moe_topk": 2}""", """{"head_dim": 4, "num_experts": [4, 4]}""", "num_experts")]
    public void What_the_reference_would_not_run_is_refused_by_name(string family, string config, string changes, string field)
    {
        var error = Should.Throw<InputException>(() => FamilyVariants.Describe(family, FamilyVariants.Merge(config, changes)));
        error.Message.ShouldContain(field);
        error.Message.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("mixtral")]
    [InlineData("olmoe")]
    [InlineData("qwen2_moe")]
    [InlineData("qwen3_moe")]
    [InlineData("minimax_m2")]
    [InlineData("ernie4_5_moe")]
    [InlineData("granitemoeshared")]
    [InlineData("gpt_oss")]
    [InlineData("qwen3_next")]
    [InlineData("qwen3_5_moe_text")]
    public void A_loss_of_the_routers_own_is_refused_where_it_would_count(string family)
    {
        var variant = FamilyVariants.Of(family)[0];
        Should.Throw<InputException>(() => FamilyVariants.Describe(family, FamilyVariants.Merge(variant, """{"output_router_logits": true}"""))).Message.ShouldContain("output_router_logits");
        FamilyVariants.Describe(family, FamilyVariants.Merge(variant, """{"output_router_logits": true, "router_aux_loss_coef": 0}""")).Layers.Count.ShouldBe(2);
        FamilyVariants.Describe(family, FamilyVariants.Merge(variant, """{"output_router_logits": false, "router_aux_loss_coef": 0.02}""")).Layers.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("glm4_moe", """{"num_local_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5, "head_dim": 4}""")]
    [InlineData("ernie4_5_moe", """{"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5}""")]
    [InlineData("minimax_m2", """{"num_experts": 4, "num_experts_per_tok": 2, "head_dim": 4}""")]
    public void Experts_are_counted_under_either_name(string family, string config)
    {
        var mixtures = FamilyVariants.Describe(family, config).Layers.Select(layer => layer.FeedForward).OfType<MixtureOfExpertsSpecification>().ToList();
        mixtures.ShouldNotBeEmpty();
        mixtures.ShouldAllBe(mixture => mixture.Experts.Count == 4 && mixture.Routing.ExpertsPerToken == 2);
    }
}
