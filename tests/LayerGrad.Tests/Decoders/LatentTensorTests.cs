using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Tests.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Decoders;

/// <summary>The tensors of families with latent attention as published files have them: behind layers that predict further ahead, and within a wrapper.</summary>
public sealed class LatentTensorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void Layers_that_predict_tokens_further_ahead_are_not_read()
    {
        var source = Shared.Path("models", "today", "deepseek_v3");
        var tensors = SafetensorsBuilder.Read(source);
        var further = tensors.Where(static tensor => tensor.Name.StartsWith("model.layers.3.", StringComparison.Ordinal))
            .Select(static tensor => tensor with { Name = tensor.Name.Replace("layers.3.", "layers.4.", StringComparison.Ordinal) })
            .Append(("model.layers.4.eh_proj.weight", [64, 128], new float[64 * 128])).Append(("model.layers.4.enorm.weight", [64], new float[64])).ToList();
        SafetensorsBuilder.Write(_folder.Path, source, [.. tensors, .. further]);

        using var checkpoint = Checkpoint.Open(_folder.Path);
        CheckpointBinding.Of(checkpoint).Notes.ShouldHaveSingleItem().ShouldEndWith($"model.layers.4.* ({further.Count})");
        using var original = Checkpoint.Open(source);
        ReferenceLosses.Of(checkpoint, source).ShouldBe(ReferenceLosses.Of(original, source));
    }

    [SharedTheory]
    [InlineData("language_model.model.", "language_model.")]
    [InlineData("model.language_model.", "")]
    public void Mistral_4_is_read_within_the_wrapper_that_it_is_published_in(string decoder, string head)
    {
        var source = Shared.Path("models", "today", "mistral4");
        var text = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!;
        var tensors = SafetensorsBuilder.Read(source)
            .Select(tensor => tensor with { Name = tensor.Name == "lm_head.weight" ? head + tensor.Name : decoder + tensor.Name["model.".Length..] })
            .Append(("vision_tower.patch_conv.weight", [4, 4], new float[16])).ToList();
        File.WriteAllText(_folder.At("config.json"), """{"model_type": "mistral3", "tie_word_embeddings": false}""");
        SafetensorsBuilder.Write(_folder.Path, _folder.Path, tensors, ("text_config", text));

        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var original = Checkpoint.Open(source);
        ReferenceLosses.Of(checkpoint, source).ShouldBe(ReferenceLosses.Of(original, source));
    }
}
