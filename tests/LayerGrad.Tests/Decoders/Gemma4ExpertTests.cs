using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Checkpoints;
using LayerGrad.Tests.Compute;
using LayerGrad.Tests.Decoders.Naive;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Decoders;

/// <summary>
/// Gemma 4 with experts, stacked as published files have them, by itself and within the model that also sees, with the field names of today's and of published
/// configurations: the reference checkpoint with experts put into it, against the formula written out token by token.
/// </summary>
public sealed class Gemma4ExpertTests : IDisposable
{
    private const int Experts = 5, Columns = 12, Hidden = 64;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Stacked_experts_beside_the_dense_feed_forward_are_the_formula(bool isWrapper, bool isPublished)
    {
        var source = Shared.Path("models", "today", "gemma4");
        var text = WithExperts(JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject());
        var (tensors, single) = Stacked(SafetensorsBuilder.Read(source));
        if (isPublished)
            AsPublished(text, tensors);
        if (isWrapper)
        {
            File.WriteAllText(_folder.At("config.json"), """{"model_type": "gemma4", "vision_config": {"hidden_size": 8}, "audio_config": null}""");
            SafetensorsBuilder.Write(_folder.Path, _folder.Path, [.. tensors.Select(static tensor => tensor with { Name = "model.language_model." + tensor.Name["model.".Length..] })], ("text_config", text));
        }
        else
        {
            SafetensorsBuilder.Write(_folder.Path, source, tensors);
            File.WriteAllText(_folder.At("config.json"), text.ToJsonString());
        }

        using var checkpoint = Checkpoint.Open(_folder.Path);
        var batch = new PackedBatch([([.. Enumerable.Range(0, 44).Select(static i => (i * 37) % 560)], 21), ([5, 8, 5, 9], 2)]);
        var expected = new NaiveGemma4(text, CheckpointBinding.Of(checkpoint).Specification, new NamedParameters(single)).Losses(batch);
        foreach (var (loss, exact) in ReferenceLosses.Of(checkpoint, batch).Zip(expected))
            loss.ShouldBe(exact, 1e-11 * exact);
    }

    private static JsonObject WithExperts(JsonObject config)
    {
        (config["enable_moe_block"], config["num_experts"], config["top_k_experts"], config["moe_intermediate_size"]) = (true, Experts, 2, Columns);
        return config;
    }

    /// <summary>
    /// Widths of all global layers instead of each one's own, and the keys and values of layers that take others', which published files hold and no class reads.
    /// </summary>
    private static void AsPublished(JsonObject config, List<(string Name, long[] Shape, float[] Values)> tensors)
    {
        config.Remove("per_layer_config");
        config.Remove("dtype");
        (config["global_head_dim"], config["num_global_key_value_heads"], config["torch_dtype"]) = (32, null, "float32");
        foreach (var (layer, size) in new[] { (4, 16), (5, 32) })
        {
            foreach (var name in (string[])["k_proj", "v_proj"])
                tensors.Add(($"model.layers.{layer}.self_attn.{name}.weight", [2 * size, Hidden], Draw(name, 2 * size * Hidden, 0, 1)));
            tensors.Add(($"model.layers.{layer}.self_attn.k_norm.weight", [size], Draw("k_norm", size, 1, 0.1)));
        }
    }

    /// <summary>The tensors with experts in stacks, and the same under the names of single weights.</summary>
    private static (List<(string Name, long[] Shape, float[] Values)> Tensors, Dictionary<string, float[]> Single) Stacked(List<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var single = tensors.ToDictionary(static tensor => tensor.Name, static tensor => tensor.Values);
        for (var layer = 0; layer < 6; layer++)
        {
            var name = $"model.layers.{layer}";
            float[][] gates = Drawn("gate_proj"), ups = Drawn("up_proj"), downs = Drawn("down_proj");
            tensors.Add(($"{name}.experts.gate_up_proj", [Experts, 2 * Columns, Hidden], [.. gates.Zip(ups, static (gate, up) => gate.Concat(up)).SelectMany(static both => both)]));
            tensors.Add(($"{name}.experts.down_proj", [Experts, Hidden, Columns], [.. downs.SelectMany(static one => one)]));
            Add("router.proj.weight", [Experts, Hidden], 0, 0.6);
            Add("router.scale", [Hidden], 1, 0.2);
            Add("router.per_expert_scale", [Experts], 1, 0.3);
            foreach (var norm in (string[])["post_feedforward_layernorm_1", "post_feedforward_layernorm_2", "pre_feedforward_layernorm_2"])
                Add($"{norm}.weight", [Hidden], 1, 0.2);

            float[][] Drawn(string part) =>
                [.. Enumerable.Range(0, Experts).Select(expert => single[$"{name}.experts.{expert}.{part}.weight"] = Draw($"{name}{part}{expert}", Columns * Hidden, 0, 0.2))];

            void Add(string tensor, long[] shape, double mean, double deviation)
            {
                var values = Draw($"{name}.{tensor}", (int)shape.Aggregate(1L, static (a, b) => a * b), mean, deviation);
                tensors.Add(($"{name}.{tensor}", shape, values));
                single[$"{name}.{tensor}"] = values;
            }
        }

        return (tensors, single);
    }

    private static float[] Draw(string name, int count, double mean, double deviation)
    {
        var random = new Random(name.Aggregate(17, static (hash, letter) => unchecked((hash * 31) + letter)));
        return [.. Enumerable.Range(0, count).Select(_ => (float)(mean + (deviation * GuardedMemory.Normal(random))))];
    }

    private sealed class NamedParameters(Dictionary<string, float[]> values) : IParameterSource<double>
    {
        public void Read(ParameterSpecification parameter, long start, Span<double> destination)
        {
            var all = values[parameter.Name];
            for (var i = 0; i < destination.Length; i++)
                destination[i] = all[start + i];
        }

        public void Prefetch(ParameterSpecification parameter)
        {
        }
    }
}
