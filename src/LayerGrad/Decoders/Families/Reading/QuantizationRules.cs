using LayerGrad.Checkpoints.Quantized.Settings;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>
/// Refuses the methods and settings of <c>quantization_config</c> that are not decoded. The weight is what the decoder gives, and activations are not
/// quantised: gradients are those of the dequantised model.
/// </summary>
internal static class QuantizationRules
{
    /// <summary>Keys that are read, or that change nothing about the dequantised weights.</summary>
    private static readonly string[] s_known =
    [
        "quant_method", "quant_type", "dequantize", "modules_to_not_convert", "ignored_layers", "ignore", "targets", "activation_scheme", "fmt", "weight_block_size", "scale_fmt",
        "bits", "w_bit", "group_size", "q_group_size", "desc_act", "sym", "static_groups", "checkpoint_format", "format", "method", "pack_dtype", "meta", "dynamic", "lm_head", "damp_percent", "damp_auto_increment", "true_sequential",
        "model_file_base_name", "model_name_or_path", "model_seqlen", "block_name_to_quantize", "module_name_preceding_first_block", "modules_in_block_to_quantize", "batch_size", "pad_token_id", "cache_block_outputs",
        "dataset", "tokenizer", "backend", "use_exllama", "use_cuda_fp16", "exllama_config", "max_input_length", "disable_exllama", "is_marlin_format", "act_group_aware", "quantizer", "hyb_act", "mse", "rotation",
        "version", "zero_point", "do_fuse", "fuse_max_seq_len", "modules_to_fuse",
        "load_in_4bit", "load_in_8bit", "_load_in_4bit", "_load_in_8bit", "bnb_4bit_compute_dtype", "bnb_4bit_quant_storage", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "llm_int8_enable_fp32_cpu_offload",
        "llm_int8_has_fp16_weight", "llm_int8_skip_modules", "llm_int8_threshold",
        "config_groups", "global_compression_ratio", "kv_cache_scheme", "quantization_status", "sparsity_config", "transform_config",
        "quant_algo", "producer", "quantization", "kv_cache_quant_algo", "exclude_modules",
    ];

    /// <summary>Refuses every other format, and settings of these that are not implemented.</summary>
    /// <param name="config">The configuration.</param>
    public static void Check(ConfigReader config)
    {
        if (config.Object(QuantizationSettings.Field) is not { } settings)
            return;
        _ = QuantizationSettings.Read(config.Value);
        foreach (var key in s_known)
            settings.Ignore(key);
    }
}
