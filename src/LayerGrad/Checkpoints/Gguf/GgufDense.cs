using System.Text.Json.Nodes;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>Dense families of 2025 and what goes beyond Llama in them, after the classes of llama.cpp's converter (<c>conversion/*.py</c>), read backwards.</summary>
internal static class GgufDense
{
    private const string Window = "attention.sliding_window";

    private static readonly (string, string)[] s_normsBehind = [("post_attention_norm", "post_attention_layernorm"), ("post_ffw_norm", "post_feedforward_layernorm")];

    /// <summary>The families.</summary>
    public static IReadOnlyList<GgufArchitecture> All { get; } =
    [
        new("smollm3", static _ => "smollm3", GgufArchitectures.With(), SmolLm3) { InterleavesRotaryHalves = true },
        new("olmo2", static model => model.FindInteger(Window) is null ? "olmo2" : "olmo3", GgufArchitectures.With(s_normsBehind), Olmo2),
        new("exaone4", static _ => "exaone4", GgufArchitectures.With(s_normsBehind), Exaone4),
        new("ernie4_5", static _ => "ernie4_5", GgufArchitectures.With(), static (model, config) => config["use_bias"] = model.HasInLayers("attn_q.bias")),
        new("seed_oss", static _ => "seed_oss", GgufArchitectures.With(("post_attention_norm", "post_attention_layernorm")), SeedOss),
        new("glm4", static _ => "glm4", GgufArchitectures.With(
            ("post_attention_norm", "post_self_attn_layernorm"), ("post_ffw_norm", "post_mlp_layernorm"), ("ffn_up", "mlp.gate_up_proj")), Glm4),
        new("hunyuan-dense", static _ => "hunyuan_v1_dense", GgufArchitectures.With(
            ("attn_q_norm", "self_attn.query_layernorm"), ("attn_k_norm", "self_attn.key_layernorm")), GgufArchitectures.AttentionBias),
        new("cohere2", static _ => "cohere2", GgufArchitectures.With(), Cohere2) { EpsilonField = "layer_norm_eps" },
        new("nemotron", static _ => "nemotron", GgufArchitectures.With(), Nemotron) { EpsilonField = "norm_eps", NormOffset = 1 },
    ];

    /// <summary>llama.cpp leaves every fourth layer without a rotary embedding, whatever the configuration said.</summary>
    private static void SmolLm3(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        config["mlp_bias"] = model.HasInLayers("ffn_up.bias");
        config["use_sliding_window"] = false;
        config["no_rope_layer_interval"] = 4;
    }

    /// <summary>With a window it is OLMo 3, whose scaling is that of its full layers alone.</summary>
    private static void Olmo2(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        if (model.FindInteger(Window) is not { } window)
            return;
        config["sliding_window"] = window;
        config["layer_types"] = LayerTypes(model);
        var full = config["rope_scaling"]?.DeepClone() as JsonObject ?? new JsonObject { ["rope_type"] = "default" };
        full["rope_theta"] = config["rope_theta"]!.DeepClone();
        config["rope_parameters"] = new JsonObject
        {
            ["full_attention"] = full,
            ["sliding_attention"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = config["rope_theta"]!.DeepClone() },
        };
        config.Remove("rope_scaling");
        config.Remove("rope_theta");
    }

    private static void Exaone4(GgufModel model, JsonObject config)
    {
        var window = model.FindInteger(Window);
        config["sliding_window"] = window;
        config["layer_types"] = window is null ? new JsonArray([.. Enumerable.Range(0, (int)model.MainLayers).Select(static _ => (JsonNode)"full_attention")]) : LayerTypes(model);
    }

    private static void SeedOss(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        config["attention_out_bias"] = model.HasInLayers("attn_output.bias");
        config["mlp_bias"] = model.HasInLayers("ffn_up.bias");
    }

    private static void Glm4(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        config["partial_rotary_factor"] ??= 1.0;
    }

    private static void Cohere2(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        config["logit_scale"] = model.Number("logit_scale");
        config["sliding_window"] = model.Integer(Window);
        config["layer_types"] = LayerTypes(model);
    }

    private static void Nemotron(GgufModel model, JsonObject config)
    {
        GgufArchitectures.AttentionBias(model, config);
        config["mlp_bias"] = model.HasInLayers("ffn_up.bias");
        config["hidden_act"] = "relu2";
        config["partial_rotary_factor"] ??= 1.0;
    }

    /// <summary>The layers that slide where the file says so, or else, as in llama.cpp, all but every fourth.</summary>
    private static JsonArray LayerTypes(GgufModel model)
    {
        var layers = (int)model.MainLayers;
        var slides = model.Find($"{Window}_pattern") switch
        {
            bool[] pattern when pattern.Length == layers => layer => pattern[layer],
            bool[] pattern => throw new InputException($"{model.Path}: '{model.Architecture}.{Window}_pattern' names {pattern.Length} layers of {layers}"),
            long pattern and > 0 => layer => (layer + 1) % pattern != 0,
            _ => (Func<int, bool>)(layer => (layer + 1) % 4 != 0),
        };
        return new JsonArray([.. Enumerable.Range(0, layers).Select(layer => (JsonNode)(slides(layer) ? "sliding_attention" : "full_attention"))]);
    }
}
