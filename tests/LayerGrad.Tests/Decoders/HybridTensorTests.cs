using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Tests.Checkpoints;
using LayerGrad.Tests.Support;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Decoders;

/// <summary>The tensors of Qwen3-Next and Qwen3.5 as published files have them: beside heads for further tokens, stacked, and within a wrapper.</summary>
public sealed class HybridTensorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData("qwen3_next")]
    [InlineData("qwen3_5")]
    [InlineData("qwen3_5_moe")]
    public void Layers_that_predict_tokens_further_ahead_are_not_read(string name)
    {
        var source = Shared.Path("models", "today", name);
        var tensors = SafetensorsBuilder.Read(source);
        var further = tensors.Where(static tensor => tensor.Name.StartsWith("model.layers.3.", StringComparison.Ordinal))
            .Select(static tensor => tensor with { Name = tensor.Name.Replace("model.layers.3.", "mtp.layers.0.", StringComparison.Ordinal) })
            .Append(("mtp.fc.weight", [64, 128], new float[64 * 128])).ToList();
        SafetensorsBuilder.Write(_folder.Path, source, [.. tensors, .. further]);

        using var checkpoint = Checkpoint.Open(_folder.Path);
        CheckpointBinding.Of(checkpoint).Notes.ShouldHaveSingleItem().ShouldEndWith($"mtp.* ({further.Count})");
        ShouldBe(checkpoint, source);
    }

    [SharedTheory]
    [InlineData("qwen3_next")]
    [InlineData("qwen3_5_moe")]
    public void Stacked_experts_are_the_same_experts(string name)
    {
        var source = Shared.Path("models", "today", name);
        var tensors = SafetensorsBuilder.Read(source);
        var experts = tensors.Where(static tensor => tensor.Name.Contains(".experts.", StringComparison.Ordinal)).ToDictionary(static tensor => tensor.Name);
        var (count, layers) = (experts.Keys.Select(static name => name.Split('.')[5]).Distinct().Count(), experts.Keys.Select(static name => name.Split('.')[2]).Distinct());
        var stacked = tensors.Where(tensor => !experts.ContainsKey(tensor.Name)).ToList();
        foreach (var prefix in layers.Select(static layer => $"model.layers.{layer}.mlp.experts"))
        {
            var (inputs, outputs) = (Enumerable.Range(0, count).SelectMany(e => Part($"{prefix}.{e}.gate_proj").Concat(Part($"{prefix}.{e}.up_proj"))), Enumerable.Range(0, count).SelectMany(e => Part($"{prefix}.{e}.down_proj")));
            var shape = experts[$"{prefix}.0.gate_proj.weight"].Shape;
            stacked.Add(($"{prefix}.gate_up_proj", [count, 2 * shape[0], shape[1]], [.. inputs]));
            stacked.Add(($"{prefix}.down_proj", [count, shape[1], shape[0]], [.. outputs]));
        }

        SafetensorsBuilder.Write(_folder.Path, source, stacked);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        ShouldBe(checkpoint, source);

        float[] Part(string name) => experts[$"{name}.weight"].Values;
    }

    [SharedTheory]
    [InlineData("qwen3_5", true)]
    [InlineData("qwen3_5", false)]
    [InlineData("qwen3_5_moe", false)]
    public void The_language_model_is_read_within_the_model_that_also_sees(string name, bool tiesWithin)
    {
        var source = Shared.Path("models", "today", name);
        var text = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        var tensors = SafetensorsBuilder.Read(source).Select(static tensor => tensor with
        {
            Name = tensor.Name.StartsWith("model.", StringComparison.Ordinal) ? "model.language_model." + tensor.Name["model.".Length..] : tensor.Name,
        }).Append(("model.visual.patch_embed.proj.weight", [4, 4], new float[16])).ToList();
        if (tiesWithin)
        {
            text["tie_word_embeddings"] = true;
            var embedding = tensors.Single(static tensor => tensor.Name.EndsWith("embed_tokens.weight", StringComparison.Ordinal));
            tensors.RemoveAll(static tensor => tensor.Name == "lm_head.weight");
            using var tied = new TemporaryFolder();
            SafetensorsBuilder.Write(tied.Path, source, [.. SafetensorsBuilder.Read(source).Where(static tensor => tensor.Name != "lm_head.weight"), ("lm_head.weight", embedding.Shape, embedding.Values)]);
            CheckWithin(tied.Path);
            return;
        }

        CheckWithin(source);

        void CheckWithin(string expected)
        {
            File.WriteAllText(_folder.At("config.json"), new JsonObject { ["model_type"] = name }.ToJsonString());
            SafetensorsBuilder.Write(_folder.Path, _folder.Path, tensors, ("text_config", text));
            using var checkpoint = Checkpoint.Open(_folder.Path);
            CheckpointBinding.Of(checkpoint).Specification.Family.ShouldBe(name);
            using var original = Checkpoint.Open(expected);
            ReferenceLosses.Of(checkpoint, source).ShouldBe(ReferenceLosses.Of(original, source));
        }
    }

    [SharedFact]
    public void A_trained_model_keeps_the_shapes_that_its_class_loads()
    {
        var source = Shared.Path("models", "today", "qwen3_next");
        TrainingRun.Execute(new TrainingOptions
        {
            Model = source,
            Data = [Shared.Path("reference", "examples.json")],
            Out = _folder.At("trained"),
            Steps = 1,
            Optimizer = new OptimizerOptions { Name = "sgd", LearningRate = 1e-30 },
        });
        using var before = Checkpoint.Open(source);
        using var after = Checkpoint.Open(_folder.At("trained"));
        after.Tensors.Values.Select(static tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]")
            .ShouldBe(before.Tensors.Values.Select(static tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]"), ignoreOrder: true);
        ShouldBe(after, source);
    }

    private static void ShouldBe(Checkpoint checkpoint, string source)
    {
        using var original = Checkpoint.Open(source);
        ReferenceLosses.Of(checkpoint, source).ShouldBe(ReferenceLosses.Of(original, source), 1e-12);
    }
}
