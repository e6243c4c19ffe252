using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders.Families;
using LayerGrad.Tests.Decoders;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>
/// Families of today of which there is no file by llama.cpp's own converter: the folder is written here by the rules of the converter's classes
/// (<c>conversion/*.py</c>) and its names (<c>gguf-py</c>), so that what is measured of the file must be what is measured of the folder.
/// </summary>
public sealed class GgufTodayTests : IDisposable
{
    private static readonly (string Field, string Key)[] s_integers =
    [
        ("num_hidden_layers", "block_count"), ("hidden_size", "embedding_length"), ("intermediate_size", "feed_forward_length"), ("max_position_embeddings", "context_length"),
        ("num_attention_heads", "attention.head_count"), ("num_key_value_heads", "attention.head_count_kv"), ("head_dim", "attention.key_length"),
        ("sliding_window", "attention.sliding_window"), ("num_experts", "expert_count"), ("num_local_experts", "expert_count"), ("n_routed_experts", "expert_count"), ("moe_num_experts", "expert_count"),
        ("num_experts_per_tok", "expert_used_count"), ("moe_k", "expert_used_count"), ("moe_topk", "expert_used_count"),
        ("moe_intermediate_size", "expert_feed_forward_length"), ("shared_expert_intermediate_size", "expert_shared_feed_forward_length"),
        ("shared_intermediate_size", "expert_shared_feed_forward_length"), ("n_shared_experts", "expert_shared_count"), ("moe_num_shared_experts", "expert_shared_count"),
        ("first_k_dense_replace", "leading_dense_block_count"), ("moe_layer_start_index", "leading_dense_block_count"), ("moe_layer_interval", "interleave_moe_layer_step"),
    ];

    private static readonly (string Field, string Key)[] s_numbers =
    [
        ("rms_norm_eps", "attention.layer_norm_rms_epsilon"), ("layer_norm_eps", "attention.layer_norm_epsilon"), ("norm_eps", "attention.layer_norm_epsilon"), ("logit_scale", "logit_scale"), ("routed_scaling_factor", "expert_weights_scale"), ("attention_multiplier", "attention.scale"),
        ("embedding_multiplier", "embedding_scale"), ("residual_multiplier", "residual_scale"), ("logits_scaling", "logit_scale"),
    ];

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    /// <summary>A checkpoint, its architecture in the format, and what is changed of its configuration because the format cannot say it.</summary>
    public static TheoryData<string, string, string> Families() => new()
    {
        { "qwen2_moe", "qwen2moe", "{}" },
        { "qwen3_moe", "qwen3moe", "{}" },
        { "glm4_moe", "glm4moe", "{}" },
        { "ernie4_5_moe", "ernie4_5-moe", "{}" },
        { "hunyuan_v1_moe", "hunyuan-moe", "{}" },
        { "minimax_m2", "minimax-m2", "{}" },
        { "granitemoeshared", "granitemoe", "{}" },
        { "smollm3", "smollm3", """{"no_rope_layers": [1, 1, 1, 0]}""" },
        { "olmo3", "olmo2", """
            {"rope_parameters": {"sliding_attention": {"rope_type": "default", "rope_theta": 500000.0}, "full_attention": {
              "rope_type": "yarn", "rope_theta": 500000.0, "factor": 8.0, "original_max_position_embeddings": 64, "attention_factor": 1.25}}}
            """ },
        { "exaone4", "exaone4", "{}" },
        { "ernie4_5", "ernie4_5", "{}" },
        { "seed_oss", "seed_oss", "{}" },
        { "glm4", "glm4", "{}" },
        { "hunyuan_v1_dense", "hunyuan-dense", """{"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}""" },
        { "cohere2", "cohere2", "{}" },
        { "nemotron", "nemotron", "{}" },
    };

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void Tensors_and_losses_of_the_folder_come_back(string family, string architecture, string changes)
    {
        var source = Shared.Path("models", "today", family);
        using var opened = Checkpoint.Open(source);
        using var config = JsonDocument.Parse(FamilyVariants.Merge(opened.Config.GetRawText(), changes));
        using var folder = new ReconfiguredCheckpoint(opened, config.RootElement);
        File.WriteAllBytes(_file, Metadata(folder, family, architecture, Converted(folder, family)).ToArray());

        using var gguf = Checkpoint.Open(_file);

        gguf.Tensors.Keys.ShouldBe(folder.Tensors.Keys, ignoreOrder: true);
        foreach (var (name, info) in folder.Tensors)
        {
            gguf.Tensors[name].Shape.ShouldBe(info.Shape, name);
            var (expected, actual) = (new double[info.Elements], new double[info.Elements]);
            folder.Read(name, 0, expected);
            gguf.Read(name, 0, actual);
            // Where the format stores 1 + weight in float32, the weight's last bits are gone.
            var isShifted = family == "nemotron" && name.EndsWith("norm.weight", StringComparison.Ordinal);
            expected.Zip(actual, static (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(isShifted ? 1.2e-7 : 0, name);
            var part = new float[info.Elements / 2];
            gguf.Read(name, info.Elements / 3, part);
            part.ShouldBe(actual.Skip((int)info.Elements / 3).Take(part.Length).Select(value => (float)value), name);
        }

        DecoderFamilies.Describe(gguf).UnusedFields.ShouldBeEmpty();
        foreach (var (loss, reference) in ReferenceLosses.Of(gguf, source).Zip(ReferenceLosses.Of(folder, source)))
            loss.ShouldBe(reference, (family == "nemotron" ? 1e-6 : 1e-12) * reference);
    }

    [SharedFact]
    public void Layers_that_predict_further_ahead_are_left_alone()
    {
        var source = Shared.Path("models", "today", "glm4_moe");
        using var folder = Checkpoint.Open(source);
        var tensors = Converted(folder, "glm4_moe").Append(("blk.4.nextn.eh_proj.weight", [64, 128], new float[64 * 128])).Append(("blk.4.attn_norm.weight", [64], new float[64])).ToList();
        File.WriteAllBytes(_file, Metadata(folder, "glm4_moe", "glm4moe", tensors, layers: 5).With("glm4moe.nextn_predict_layers", 1).ToArray());

        using var gguf = Checkpoint.Open(_file);

        gguf.Config.GetProperty("num_hidden_layers").GetInt32().ShouldBe(4);
        gguf.Tensors.Keys.ShouldBe(folder.Tensors.Keys, ignoreOrder: true);
    }

    [SharedFact]
    public void A_router_that_scores_otherwise_is_refused()
    {
        using var folder = Checkpoint.Open(Shared.Path("models", "today", "minimax_m2"));
        File.WriteAllBytes(_file, Metadata(folder, "minimax_m2", "minimax-m2", Converted(folder, "minimax_m2")).With("minimax-m2.expert_gating_func", 1).ToArray());

        Should.Throw<InputException>(() => Checkpoint.Open(_file)).Message.ShouldContain("'minimax-m2.expert_gating_func' is 1");
    }

    private static GgufBuilder Metadata(Checkpoint folder, string family, string architecture, IEnumerable<(string Name, long[] Shape, float[] Values)> tensors, int? layers = null)
    {
        var builder = new GgufBuilder().With("general.architecture", architecture);
        foreach (var (field, key) in s_integers)
        {
            if (folder.Config.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number)
                builder.With($"{architecture}.{key}", layers is { } count && field == "num_hidden_layers" ? count : value.GetInt32());
        }

        foreach (var (field, key) in s_numbers)
        {
            if (folder.Config.TryGetProperty(field, out var value))
                builder.With($"{architecture}.{key}", value.GetSingle());
        }

        AddRotary(builder, folder.Config, architecture);
        if (family is "exaone4" or "olmo3")
        {
            builder.With($"{architecture}.attention.sliding_window_pattern",
                folder.Config.GetProperty("layer_types").EnumerateArray().Select(type => type.GetString() == "sliding_attention").ToArray());
        }

        if (family == "glm4_moe")
            builder.With($"{architecture}.expert_gating_func", 2).With($"{architecture}.expert_weights_norm", folder.Config.GetProperty("norm_topk_prob").GetBoolean());
        foreach (var (name, shape, values) in tensors)
            builder.Tensor(name, shape, values);
        return builder;
    }

    private static void AddRotary(GgufBuilder builder, JsonElement config, string architecture)
    {
        var rotary = config.GetProperty("rope_parameters");
        if (rotary.TryGetProperty("full_attention", out var full))
            rotary = full;
        builder.With($"{architecture}.rope.freq_base", rotary.GetProperty("rope_theta").GetSingle());
        if (rotary.TryGetProperty("partial_rotary_factor", out var part))
            builder.With($"{architecture}.rope.dimension_count", (int)(part.GetDouble() * config.GetProperty("head_dim").GetInt32()));
        if (rotary.GetProperty("rope_type").GetString() != "yarn")
            return;
        builder.With($"{architecture}.rope.scaling.type", "yarn").With($"{architecture}.rope.scaling.factor", rotary.GetProperty("factor").GetSingle())
            .With($"{architecture}.rope.scaling.original_context_length", rotary.GetProperty("original_max_position_embeddings").GetInt32())
            .With($"{architecture}.rope.scaling.attn_factor", rotary.GetProperty("attention_factor").GetSingle());
    }

    /// <summary>The tensors as the converter writes them.</summary>
    private static IEnumerable<(string Name, long[] Shape, float[] Values)> Converted(Checkpoint folder, string family)
    {
        var experts = new SortedDictionary<string, List<(int Expert, long[] Shape, float[] Values)>>();
        foreach (var (name, info) in folder.Tensors)
        {
            var values = new float[info.Elements];
            folder.Read(name, 0, values);
            var parts = name.Split('.');
            if (parts[1] != "layers")
            {
                var global = name.Replace("model.embed_tokens", "token_embd", StringComparison.Ordinal).Replace("model.norm", "output_norm", StringComparison.Ordinal).Replace("lm_head", "output", StringComparison.Ordinal);
                yield return (global, info.Shape, Shifted(family, name, values));
                continue;
            }

            var rest = string.Join('.', parts[3..]);
            if (rest.Contains(".experts.", StringComparison.Ordinal))
            {
                var key = $"blk.{parts[2]}.ffn_{parts[^2] switch { "w1" or "gate_proj" => "gate", "w2" or "down_proj" => "down", _ => "up" }}_exps.weight";
                if (!experts.TryGetValue(key, out var list))
                    experts.Add(key, list = []);
                list.Add((int.Parse(parts[^3]), info.Shape, values));
                continue;
            }

            if (rest == "shared_mlp.input_linear.weight")
            {
                long[] half = [info.Shape[0] / 2, info.Shape[1]];
                yield return ($"blk.{parts[2]}.ffn_gate_shexp.weight", half, values[..(values.Length / 2)]);
                yield return ($"blk.{parts[2]}.ffn_up_shexp.weight", half, values[(values.Length / 2)..]);
                continue;
            }

            if (family is "granitemoeshared" or "smollm3" && rest is ("self_attn.q_proj.weight" or "self_attn.k_proj.weight"))
                values = GgufFamilyTests.Permuted(values, rest.Contains("q_proj", StringComparison.Ordinal) ? 4 : 2, info.Shape);
            var isVector = rest is "mlp.shared_expert_gate.weight" || rest.EndsWith("e_score_correction_bias", StringComparison.Ordinal);
            yield return ($"blk.{parts[2]}.{LayerName(family, rest)}", isVector ? [info.Elements] : info.Shape, Shifted(family, name, values));
        }

        foreach (var (key, list) in experts)
            yield return (key, [list.Count, .. list[0].Shape], [.. list.OrderBy(static entry => entry.Expert).SelectMany(static entry => entry.Values)]);
    }

    private static float[] Shifted(string family, string name, float[] values) =>
        family == "nemotron" && name.EndsWith("norm.weight", StringComparison.Ordinal) ? Array.ConvertAll(values, static value => value + 1) : values;

    private static string LayerName(string family, string name) => name switch
    {
        "input_layernorm.weight" => "attn_norm.weight",
        "input_layernorm.bias" => "attn_norm.bias",
        "post_attention_layernorm.bias" => "ffn_norm.bias",
        "post_attention_layernorm.weight" => family is "glm4_moe" or "seed_oss" or "exaone4" or "olmo3" ? "post_attention_norm.weight" : "ffn_norm.weight",
        "post_self_attn_layernorm.weight" => "post_attention_norm.weight",
        "post_mlp_layernorm.weight" or "post_feedforward_layernorm.weight" => "post_ffw_norm.weight",
        "mlp.gate_up_proj.weight" => "ffn_up.weight",
        "self_attn.o_proj.weight" => "attn_output.weight",
        "self_attn.query_layernorm.weight" => "attn_q_norm.weight",
        "self_attn.key_layernorm.weight" => "attn_k_norm.weight",
        "mlp.gate.weight" or "mlp.gate.wg.weight" or "block_sparse_moe.gate.weight" or "block_sparse_moe.router.weight" => "ffn_gate_inp.weight",
        "mlp.shared_expert_gate.weight" => "ffn_gate_inp_shexp.weight",
        "shared_mlp.output_linear.weight" => "ffn_down_shexp.weight",
        _ when name.EndsWith("e_score_correction_bias", StringComparison.Ordinal) => "exp_probs_b.bias",
        _ when name.Contains(".shared_", StringComparison.Ordinal) => $"ffn_{name.Split('.')[^2].Replace("_proj", "", StringComparison.Ordinal)}_shexp.weight",
        _ => name.Replace("self_attn.", "attn_", StringComparison.Ordinal).Replace("mlp.", "ffn_", StringComparison.Ordinal).Replace("_proj", "", StringComparison.Ordinal),
    };
}
