using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Decoders;

/// <summary>
/// Configurations of the checkpoints of today in other spellings, with fields left out, and with what is not implemented: the same losses,
/// other ones, or one line that names the field.
/// </summary>
public sealed class TodayConfigurationTests
{
    /// <summary>A change of a configuration that changes no loss: <c>null</c> in it removes a field.</summary>
    public static TheoryData<string, string> Spellings() => new()
    {
        { "apertus", """{"rope_parameters": null}""" },
        { "apertus", """{"rope_parameters": null, "rope_theta": 500.0}""" },
        { "apertus", """{"rope_parameters": null, "rope_theta": 12000000.0, "rms_norm_eps": null, "hidden_act": null, "rope_scaling": {"type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192, "low_freq_factor": 1.0, "high_freq_factor": 4.0}}""" },
        { "apertus", """{"rope_parameters": null, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192, "low_freq_factor": 1.0, "high_freq_factor": 4.0}}""" },
        { "cohere2", """{"layer_types": null, "rope_parameters": null, "layer_norm_eps": null, "tie_word_embeddings": null, "head_dim": null}""" },
        { "cohere2", """{"layer_types": null, "sliding_window_pattern": 4, "rope_parameters": null, "rope_theta": 10000.0}""" },
        { "ernie4_5", """{"rope_parameters": null, "tie_word_embeddings": null, "rms_norm_eps": null, "use_bias": null}""" },
        { "ernie4_5", """{"rope_parameters": null, "rope_theta": 500000.0}""" },
        { "exaone4", """{"layer_types": null, "rope_parameters": null, "rms_norm_eps": null}""" },
        { "exaone4", """{"sliding_window_pattern": "LLLG", "rope_parameters": null, "rope_theta": 10000.0}""" },
        { "gemma3_wrapper", """{"tie_word_embeddings": null, "text_config": {"layer_types": null, "rope_parameters": null, "tie_word_embeddings": false, "rms_norm_eps": null}}""" },
        { "gemma3_wrapper", """{"text_config": {"rope_parameters": null, "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0, "layer_types": null, "sliding_window_pattern": 6, "model_type": null}}""" },
        { "glm4", """{"rope_parameters": null, "rms_norm_eps": null, "attention_bias": null}""" },
        { "glm4", """{"rope_parameters": null, "partial_rotary_factor": 0.5, "rope_theta": 10000.0}""" },
        { "gpt2", """{"n_inner": 256, "activation_function": null, "layer_norm_epsilon": null, "tie_word_embeddings": null, "scale_attn_weights": null, "n_ctx": 1024}""" },
        { "gpt2", """{"n_embd": null, "hidden_size": 64, "n_layer": null, "num_hidden_layers": 4, "n_head": 8, "num_attention_heads": 4, "n_positions": null, "max_position_embeddings": 1024, "reorder_and_upcast_attn": true}""" },
        { "hunyuan_v1_dense", """{"rope_parameters": null, "rope_theta": 10000.0, "rms_norm_eps": null, "rope_scaling": {"alpha": 1000.0, "beta_fast": 32, "beta_slow": 1, "factor": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "type": "dynamic"}}""" },
        { "hunyuan_v1_dense", """{"rope_parameters": {"alpha": 1000.0, "rope_type": "dynamic"}, "max_position_embeddings": 20}""" },
        { "ministral3", """{"rope_parameters": null, "rope_theta": 1000000.0, "rms_norm_eps": null, "rope_scaling": {"type": "yarn", "factor": 16.0, "original_max_position_embeddings": 64, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1}}""" },
        { "ministral3", """{"rope_parameters": null, "rope_scaling": {"type": "yarn", "factor": 16.0, "original_max_position_embeddings": 64, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1}}""" },
        { "mistral3", """{"tie_word_embeddings": null, "text_config": {"tie_word_embeddings": null, "rms_norm_eps": null}}""" },
        { "nemotron", """{"rope_parameters": null, "norm_eps": null, "hidden_act": null, "head_dim": null}""" },
        { "nemotron", """{"rope_parameters": null, "rope_theta": 10000.0, "partial_rotary_factor": 0.5, "rope_percentage": 0.25, "kv_channels": 7}""" },
        { "olmo3", """{"layer_types": null, "rms_norm_eps": null, "rope_parameters": null, "rope_theta": 500000, "rope_scaling": {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64, "attention_factor": 1.2079441541679836, "beta_fast": 32, "beta_slow": 1}}""" },
        { "olmo3", """{"rope_parameters": null, "rope_scaling": {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64}}""" },
        { "qwen2_5_vl", """{"text_config": {"layer_types": null, "rms_norm_eps": null, "rope_parameters": null, "rope_theta": 1000000.0, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}}}""" },
        { "qwen2_5_vl", """{"text_config": {"rope_parameters": null, "rope_scaling": {"type": "mrope", "rope_type": "default", "mrope_section": [8, 0, 0]}}}""" },
        { "qwen3_vl", """{"tie_word_embeddings": null, "text_config": {"rms_norm_eps": null, "rope_parameters": null, "rope_theta": 5000000.0, "rope_scaling": {"rope_type": "default", "mrope_interleaved": true, "mrope_section": [4, 4, 4]}}}""" },
        { "seed_oss", """{"rope_parameters": null, "rms_norm_eps": null, "attention_bias": null, "attention_out_bias": null, "mlp_bias": null}""" },
        { "smollm3", """{"no_rope_layers": null, "layer_types": null, "rope_parameters": null, "tie_word_embeddings": null, "rms_norm_eps": null}""" },
        { "smollm3", """{"rope_parameters": null, "rope_theta": 2000000.0, "no_rope_layer_interval": 3, "no_rope_layers": [1, 0, 1, 0, 1, 1]}""" },
    };

    /// <summary>A change that counts: the losses are others, and the fields understood.</summary>
    public static TheoryData<string, string> Changes() => new()
    {
        { "apertus", """{"rope_parameters": {"rope_type": "default", "rope_theta": 500.0}}""" },
        { "cohere2", """{"logit_scale": null}""" },
        { "cohere2", """{"layer_types": null, "sliding_window_pattern": 2}""" },
        { "ernie4_5", """{"rope_parameters": null, "rope_theta": 10000.0}""" },
        { "exaone4", """{"sliding_window": null, "layer_types": ["full_attention", "full_attention", "full_attention", "full_attention"]}""" },
        { "glm4", """{"rope_parameters": {"partial_rotary_factor": 1.0, "rope_theta": 10000.0, "rope_type": "default"}}""" },
        { "gpt2", """{"scale_attn_weights": false}""" },
        { "gpt2", """{"scale_attn_by_inverse_layer_idx": true}""" },
        { "gpt2", """{"activation_function": "gelu"}""" },
        { "gpt2", """{"layer_norm_epsilon": 0.01}""" },
        { "hunyuan_v1_dense", """{"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}""" },
        { "ministral3", """{"sliding_window": 20}""" },
        { "ministral3", """{"rope_parameters": null}""" },
        { "nemotron", """{"partial_rotary_factor": 1.0, "rope_parameters": null}""" },
        { "olmo3", """{"layer_types": ["full_attention", "full_attention", "full_attention", "full_attention"]}""" },
        { "olmo3", """{"rope_parameters": null, "rope_theta": 500.0}""" },
        { "seed_oss", """{"rope_theta": 500.0, "rope_parameters": null}""" },
        { "smollm3", """{"no_rope_layers": null, "no_rope_layer_interval": null}""" },
        { "smollm3", """{"use_sliding_window": true, "sliding_window": 8, "layer_types": null}""" },
        { "smollm3", """{"sliding_window": 8, "layer_types": ["sliding_attention", "full_attention", "full_attention", "full_attention"]}""" },
    };

    /// <summary>A change that is refused, and what the line must name.</summary>
    public static TheoryData<string, string, string> Refusals() => new()
    {
        { "apertus", """{"hidden_act": "mish"}""", "hidden_act" },
        { "cohere2", """{"sliding_window": "null"}""", "sliding_window" },
        { "exaone4", """{"layer_types": null, "sliding_window_pattern": "LLLG"}""", "sliding_window_pattern" },
        { "exaone4", """{"layer_types": null, "sliding_window": "null"}""", "layer_types" },
        { "exaone4", """{"sliding_window": "null"}""", "sliding_window" },
        { "gemma3_wrapper", """{"text_config": null}""", "text_config" },
        { "gemma3_wrapper", """{"text_config": {"use_bidirectional_attention": true}}""", "text_config.use_bidirectional_attention" },
        { "gpt2", """{"activation_function": "tanh"}""", "activation_function" },
        { "gpt2", """{"n_head": 5}""", "n_head" },
        { "gpt2", """{"add_cross_attention": true}""", "add_cross_attention" },
        { "hunyuan_v1_dense", """{"head_dim": null}""", "head_dim" },
        { "ministral3", """{"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}}""", "llama_4_scaling_beta" },
        { "ministral3", """{"rope_parameters": {"rope_type": "default", "llama_4_scaling_beta": 0.1}}""", "original_max_position_embeddings" },
        { "mistral3", """{"text_config": {"model_type": "strange"}}""", "text_config.model_type" },
        { "mistral3", """{"text_config": {"quantization_config": {"quant_method": "aqlm"}}}""", "quantization_config" },
        { "olmo3", """{"rope_parameters": {"rope_type": "default", "sliding_attention": {"rope_type": "default"}}}""", "rope_parameters.rope_type" },
        { "olmo3", """{"sliding_window": "null"}""", "sliding_window" },
        { "olmo3", """{"layer_types": ["chunked_attention", "full_attention", "full_attention", "full_attention"]}""", "layer_types" },
        { "qwen2_5_vl", """{"text_config": {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 2]}}}""", "mrope_section" },
        { "qwen2_5_vl", """{"text_config": {"rope_parameters": null}}""", "rope_parameters" },
        { "qwen2_5_vl", """{"text_config": {"layer_types": ["sliding_attention", "full_attention", "full_attention", "full_attention"]}}""", "use_sliding_window" },
        { "smollm3", """{"no_rope_layers": [1, 0]}""", "no_rope_layers" },
        { "smollm3", """{"layer_types": ["sliding_attention", "full_attention", "full_attention", "full_attention"]}""", "sliding_window" },
    };

    [SharedTheory]
    [MemberData(nameof(Spellings))]
    public void Another_spelling_and_a_field_left_out_give_the_same_losses(string name, string changes) =>
        Losses(name, changes).ShouldBe(Losses(name, "{}"));

    [SharedTheory]
    [MemberData(nameof(Changes))]
    public void A_setting_that_counts_gives_other_losses(string name, string changes)
    {
        var (changed, saved) = (Losses(name, changes), Losses(name, "{}"));
        changed.ShouldAllBe(static loss => double.IsFinite(loss));
        changed.ShouldNotBe(saved);
    }

    [SharedTheory]
    [MemberData(nameof(Refusals))]
    public void What_is_not_implemented_is_refused_by_its_name(string name, string changes, string field)
    {
        var message = Should.Throw<InputException>(() => Losses(name, changes)).Message;
        message.ShouldContain(field);
        message.ShouldNotContain("\n");
    }

    /// <summary>Settings of OLMo 3 that are not nested by layer type are lost, as in the reference: 500,000 for both kinds, and a note.</summary>
    [SharedFact]
    public void Flat_settings_of_a_class_that_nests_them_count_for_nothing()
    {
        const string Flat = """{"rope_parameters": {"rope_type": "yarn", "factor": 8.0, "rope_theta": 500.0}}""";
        Losses("olmo3", Flat).ShouldBe(Losses("olmo3", """{"rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 500000.0}}}"""));
        using var checkpoint = Checkpoint.Open(Shared.Path("models", "today", "olmo3"));
        using var changed = new ReconfiguredCheckpoint(checkpoint, Changed(checkpoint.Config, Flat));
        DecoderFamilies.Describe(changed).UnusedFields.ShouldBe(["rope_parameters"]);
    }

    [SharedTheory]
    [InlineData("apertus")]
    [InlineData("cohere2")]
    [InlineData("ernie4_5")]
    [InlineData("exaone4")]
    [InlineData("gemma3_wrapper")]
    [InlineData("glm4")]
    [InlineData("gpt2")]
    [InlineData("deepseek_v2")]
    [InlineData("deepseek_v3")]
    [InlineData("deepseek_v3_fp8")]
    [InlineData("mistral4")]
    [InlineData("gemma4")]
    [InlineData("lfm2")]
    [InlineData("qwen3_next")]
    [InlineData("qwen3_next_hub")]
    [InlineData("qwen3_5")]
    [InlineData("qwen3_5_moe")]
    [InlineData("gpt_oss")]
    [InlineData("gpt_oss_mxfp4")]
    [InlineData("hunyuan_v1_dense")]
    [InlineData("ministral3")]
    [InlineData("mistral3")]
    [InlineData("nemotron")]
    [InlineData("olmo3")]
    [InlineData("qwen2_5_vl")]
    [InlineData("qwen3_vl")]
    [InlineData("seed_oss")]
    [InlineData("smollm3")]
    public void A_saved_configuration_has_no_field_that_is_told_as_unused(string name)
    {
        using var checkpoint = Checkpoint.Open(Shared.Path("models", "today", name));
        DecoderFamilies.Describe(checkpoint).UnusedFields.ShouldBeEmpty();
    }

    private static double[] Losses(string name, string changes)
    {
        var folder = Shared.Path("models", "today", name);
        using var checkpoint = Checkpoint.Open(folder);
        using var changed = new ReconfiguredCheckpoint(checkpoint, Changed(checkpoint.Config, changes));
        return ReferenceLosses.Of(changed, folder);
    }

    /// <summary>The configuration with other fields: null takes one away, the text "null" sets it to null, and what <c>text_config</c> holds is changed within it.</summary>
    private static JsonElement Changed(JsonElement saved, string changes)
    {
        var config = JsonNode.Parse(saved.GetRawText())!.AsObject();
        Change(config, JsonNode.Parse(changes)!.AsObject());
        return JsonSerializer.SerializeToElement(config);
    }

    private static void Change(JsonObject config, JsonObject changes)
    {
        foreach (var (field, value) in changes)
        {
            if (value is null)
                config.Remove(field);
            else if (field == "text_config")
                Change(config[field]!.AsObject(), value.AsObject());
            else
                config[field] = value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() == "null" ? null : value.DeepClone();
        }
    }
}
