using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Training.Lora;

/// <summary><c>adapter_config.json</c> of a trained adapter: the keys that PEFT 0.21 writes, in its order.</summary>
internal static class LoraConfiguration
{
    /// <summary>The version of PEFT whose keys these are.</summary>
    private const string Version = "0.21.2";

    private static readonly string[] s_unset =
    [
        "alora_invocation_tokens", "arrow_config", "auto_mapping", "corda_config", "eva_config", "exclude_modules", "kasa_config", "layer_replication", "layers_pattern",
        "layers_to_transform", "lora_ga_config", "megatron_config", "modules_to_save", "monteclora_config", "revision", "target_parameters", "trainable_token_indices",
        "use_bdlora", "velora_config",
    ];

    private static readonly string[] s_false = ["ensure_weight_tying", "lora_bias", "use_dora", "use_qalora", "use_rslora"];

    private static readonly JsonWriterOptions s_layout = new() { Indented = true, NewLine = "\n" };

    /// <summary>The file's content.</summary>
    /// <param name="options">Rank, alpha and targets.</param>
    /// <param name="model">The base as the user named it.</param>
    /// <param name="specification">The model, with the modules as its adapters.</param>
    public static byte[] Of(LoraOptions options, string model, DecoderSpecification specification)
    {
        var fields = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal)
        {
            ["alpha_pattern"] = new JsonObject(),
            ["base_model_name_or_path"] = model,
            ["bias"] = "none",
            ["fan_in_fan_out"] = specification.Adapters.Any(static adapter => adapter.Module.StoredTransposed),
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["loftq_config"] = new JsonObject(),
            ["lora_alpha"] = options.Alpha == Math.Floor(options.Alpha) && Math.Abs(options.Alpha) < int.MaxValue ? (int)options.Alpha : options.Alpha,
            ["lora_dropout"] = 0.0,
            ["megatron_core"] = "megatron.core",
            ["peft_type"] = "LORA",
            ["peft_version"] = Version,
            ["qalora_group_size"] = 16,
            ["r"] = options.Rank,
            ["rank_pattern"] = new JsonObject(),
            ["target_modules"] = new JsonArray([.. Targets(options, specification).Select(static target => (JsonNode)target)]),
            ["task_type"] = "CAUSAL_LM",
        };
        foreach (var key in s_unset)
            fields[key] = null;
        foreach (var key in s_false)
            fields[key] = false;
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, s_layout))
            new JsonObject(fields).WriteTo(writer);
        return bytes.ToArray();
    }

    /// <summary>The targets as they were given; all linear layers by the last parts of their names, as PEFT saves them.</summary>
    private static IEnumerable<string> Targets(LoraOptions options, DecoderSpecification specification) => (options.Targets.Contains(LoraOptions.AllLinear)
        ? options.Targets.Where(static target => target != LoraOptions.AllLinear).Concat(specification.Adapters.Select(static adapter => adapter.Module.Name[(adapter.Module.Name.LastIndexOf('.') + 1)..]))
        : options.Targets).Distinct().Order(StringComparer.Ordinal);
}
