using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>
/// Families of which there is no file by llama.cpp's own converter: the folder's tensors are written here by the rules of
/// the converter, so that reading them must give the folder back.
/// </summary>
public sealed class GgufFamilyTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    public static TheoryData<string, string> Families() => new()
    {
        { "mixtral", "llama" },
        { "olmoe", "olmoe" },
        { "gemma", "gemma" },
        { "gemma2", "gemma2" },
        { "gemma3", "gemma3" },
        { "phi3", "phi3" },
        { "glm", "chatglm" },
    };

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void The_folder_comes_back(string family, string architecture)
    {
        using var folder = Checkpoint.Open(Folder(family));
        var config = folder.Config;
        var builder = new GgufBuilder().With("general.architecture", architecture);
        foreach (var (field, key) in new[]
        {
            ("num_hidden_layers", "block_count"), ("hidden_size", "embedding_length"), ("intermediate_size", "feed_forward_length"),
            ("num_attention_heads", "attention.head_count"), ("num_key_value_heads", "attention.head_count_kv"), ("head_dim", "attention.key_length"),
            ("max_position_embeddings", "context_length"), ("num_local_experts", "expert_count"), ("num_experts", "expert_count"),
            ("num_experts_per_tok", "expert_used_count"), ("sliding_window", "attention.sliding_window"),
        })
        {
            if (config.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number)
                builder.With($"{architecture}.{key}", value.GetInt32());
        }
        foreach (var (field, key) in new[]
        {
            ("rms_norm_eps", "attention.layer_norm_rms_epsilon"), ("rope_theta", "rope.freq_base"),
            ("attn_logit_softcapping", "attn_logit_softcapping"), ("final_logit_softcapping", "final_logit_softcapping"),
        })
        {
            if (config.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number)
                builder.With($"{architecture}.{key}", value.GetSingle());
        }
        if (family == "glm")
            builder.With("chatglm.rope.dimension_count", 8);
        foreach (var (name, shape, values) in Converted(folder, family))
            builder.Tensor(name, shape, values);
        File.WriteAllBytes(_file, builder.ToArray());

        using var gguf = Checkpoint.Open(_file);
        gguf.Tensors.Keys.ShouldBe(folder.Tensors.Keys, ignoreOrder: true);
        foreach (var (name, info) in folder.Tensors)
        {
            gguf.Tensors[name].Shape.ShouldBe(info.Shape, name);
            var (expected, actual) = (new double[info.Elements], new double[info.Elements]);
            folder.Read(name, 0, expected);
            gguf.Read(name, 0, actual);
            // Where the format stores 1 + weight in float32, the weight's last bits are gone.
            var tolerance = family.StartsWith("gemma", StringComparison.Ordinal) && name.Contains("norm", StringComparison.Ordinal) ? 1.2e-7 : 0;
            expected.Zip(actual, static (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(tolerance, name);
        }
        foreach (var field in config.EnumerateObject().Where(static field => s_material.Contains(field.Name)))
        {
            // What the format has no place for is what the family has in practice.
            if (field.NameEquals("query_pre_attn_scalar") && family == "gemma2")
                continue;
            if (gguf.Config.TryGetProperty(field.Name, out var value))
                value.ToString().ShouldBe(field.Value.ToString().Replace(".0", "", StringComparison.Ordinal).Replace("e-0", "E-0", StringComparison.Ordinal), field.Name);
            else
                field.Value.ValueKind.ShouldBe(JsonValueKind.Null, field.Name);
        }
    }

    private static readonly HashSet<string> s_material =
    [
        "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta",
        "vocab_size", "sliding_window", "sliding_window_pattern", "num_local_experts", "num_experts", "num_experts_per_tok", "norm_topk_prob",
        "clip_qkv", "attn_logit_softcapping", "final_logit_softcapping", "rope_local_base_freq", "query_pre_attn_scalar", "hidden_activation",
    ];

    /// <summary>The tensors as the converter writes them.</summary>
    private static IEnumerable<(string Name, long[] Shape, float[] Values)> Converted(Checkpoint folder, string family)
    {
        var experts = new SortedDictionary<string, List<(int Expert, long[] Shape, float[] Values)>>();
        foreach (var (name, info) in folder.Tensors)
        {
            var values = new float[info.Elements];
            folder.Read(name, 0, values);
            var parts = name.Split('.');
            if (!name.StartsWith("model.layers.", StringComparison.Ordinal))
            {
                var global = name switch { "model.embed_tokens.weight" => "token_embd.weight", "model.norm.weight" => "output_norm.weight", _ => "output.weight" };
                yield return (global, info.Shape, Shifted(family, name, values));
                continue;
            }
            var rest = string.Join('.', parts[3..]);
            if (rest.Contains("experts.", StringComparison.Ordinal))
            {
                var kind = parts[^2] switch { "w1" or "gate_proj" => "gate", "w2" or "down_proj" => "down", _ => "up" };
                var key = $"blk.{parts[2]}.ffn_{kind}_exps.weight";
                if (!experts.TryGetValue(key, out var list))
                    experts.Add(key, list = []);
                list.Add((int.Parse(parts[^3]), info.Shape, values));
                continue;
            }
            if (family == "mixtral" && rest is ("self_attn.q_proj.weight" or "self_attn.k_proj.weight"))
                values = Permuted(values, rest.Contains("q_proj", StringComparison.Ordinal) ? 4 : 2, info.Shape);
            yield return ($"blk.{parts[2]}.{LayerName(family, rest)}", info.Shape, Shifted(family, name, values));
        }
        foreach (var (key, list) in experts)
            yield return (key, [list.Count, .. list[0].Shape], [.. list.OrderBy(static entry => entry.Expert).SelectMany(static entry => entry.Values)]);
    }

    private static string LayerName(string family, string name) => (family, name) switch
    {
        ("gemma2" or "gemma3", "post_attention_layernorm.weight") => "post_attention_norm.weight",
        ("gemma2" or "gemma3", "pre_feedforward_layernorm.weight") => "ffn_norm.weight",
        ("gemma2" or "gemma3", "post_feedforward_layernorm.weight") => "post_ffw_norm.weight",
        (_, "input_layernorm.weight") => "attn_norm.weight",
        (_, "post_attention_layernorm.weight") => "ffn_norm.weight",
        (_, "self_attn.qkv_proj.weight") => "attn_qkv.weight",
        (_, "self_attn.o_proj.weight") => "attn_output.weight",
        (_, "self_attn.q_norm.weight") => "attn_q_norm.weight",
        (_, "self_attn.k_norm.weight") => "attn_k_norm.weight",
        (_, "mlp.gate_proj.weight") => "ffn_gate.weight",
        (_, "mlp.up_proj.weight" or "mlp.gate_up_proj.weight") => "ffn_up.weight",
        (_, "mlp.down_proj.weight") => "ffn_down.weight",
        (_, "mlp.gate.weight" or "block_sparse_moe.gate.weight") => "ffn_gate_inp.weight",
        _ => name.Replace("self_attn.", "attn_", StringComparison.Ordinal).Replace("_proj", "", StringComparison.Ordinal),
    };

    private static float[] Shifted(string family, string name, float[] values) =>
        family.StartsWith("gemma", StringComparison.Ordinal) && name.EndsWith("norm.weight", StringComparison.Ordinal)
            ? Array.ConvertAll(values, static value => value + 1)
            : values;

    /// <summary>weights.reshape(heads, 2, rows / heads / 2, columns).swapaxes(1, 2)</summary>
    internal static float[] Permuted(float[] values, int heads, long[] shape)
    {
        var (half, columns) = ((int)shape[0] / heads / 2, (int)shape[1]);
        var permuted = new float[values.Length];
        var to = 0;
        for (var head = 0; head < heads; head++)
        {
            for (var j = 0; j < half; j++)
            {
                for (var side = 0; side < 2; side++)
                    values.AsSpan(((((head * 2) + side) * half) + j) * columns, columns).CopyTo(permuted.AsSpan(to++ * columns));
            }
        }
        return permuted;
    }

    private static string Folder(string family) =>
        Directory.Exists(Shared.Path("models", "tiny", family)) ? Shared.Path("models", "tiny", family) : Shared.Path("models", "more", family);
}
