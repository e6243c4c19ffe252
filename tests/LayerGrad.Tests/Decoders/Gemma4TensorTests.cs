using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Checkpoints;
using LayerGrad.Tests.Support;
using LayerGrad.Training;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Decoders;

/// <summary>Gemma 4's tensors within the model that also sees and hears, and its configuration in the form of published files.</summary>
public sealed class Gemma4TensorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData("model.language_model.")]
    [InlineData("language_model.model.")]
    public void The_language_model_is_read_within_the_model_that_also_sees(string decoder)
    {
        var source = Shared.Path("models", "today", "gemma4");
        var text = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!;
        var tensors = SafetensorsBuilder.Read(source).Select(tensor => tensor with { Name = decoder + tensor.Name["model.".Length..] })
            .Append(("model.audio_tower.norm.weight", [4], new float[4])).ToList();
        File.WriteAllText(_folder.At("config.json"), """{"model_type": "gemma4", "vision_config": {"hidden_size": 8}}""");
        SafetensorsBuilder.Write(_folder.Path, _folder.Path, tensors, ("text_config", text));

        using var checkpoint = Checkpoint.Open(_folder.Path);
        CheckpointBinding.Of(checkpoint).Notes.ShouldHaveSingleItem().ShouldEndWith("model.audio_tower.* (1)");
        using var original = Checkpoint.Open(source);
        ReferenceLosses.Of(checkpoint, source).ShouldBe(ReferenceLosses.Of(original, source));
    }

    [SharedFact]
    public void A_width_for_all_global_layers_says_what_one_for_each_says()
    {
        var source = Shared.Path("models", "today", "gemma4");
        var text = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        text.Remove("per_layer_config");
        text.Remove("rope_parameters"); // What stands there is what the class has.
        text["global_head_dim"] = 32;
        SafetensorsBuilder.Write(_folder.Path, source, SafetensorsBuilder.Read(source));
        File.WriteAllText(_folder.At("config.json"), text.ToJsonString());

        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var original = Checkpoint.Open(source);
        ReferenceLosses.Of(checkpoint, source).ShouldBe(ReferenceLosses.Of(original, source));
    }

    [Fact]
    public void The_last_layers_take_the_keys_of_the_last_layer_of_their_type()
    {
        var specification = FamilyVariants.Describe("gemma4_text", """
            {"num_hidden_layers": 6, "head_dim": 4, "global_head_dim": 8, "num_kv_shared_layers": 3, "hidden_size_per_layer_input": 0, "use_double_wide_mlp": true,
             "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention", "sliding_attention", "sliding_attention"]}
            """);
        var layers = specification.Layers.Select(layer => (SharedKeyAttentionSpecification)layer.Mixer!).ToList();
        layers.Select(layer => layer.Source).ShouldBe([null, null, null, 1, 2, 1]);
        layers.Select(layer => layer.IsSource).ShouldBe([false, true, true, false, false, false]);
        layers.Select(layer => layer.HeadSize).ShouldBe([4, 8, 4, 8, 4, 8]);
        specification.Layers.Select(layer => ((DenseFeedForwardSpecification)layer.FeedForward!).IntermediateSize).ShouldBe([12, 12, 12, 24, 24, 24]);
    }

    [Theory]
    [InlineData("""{"use_bidirectional_attention": "all"}""", "use_bidirectional_attention")]
    [InlineData("""{"vocab_size_per_layer_input": 24}""", "vocab_size_per_layer_input")]
    [InlineData("""{"enable_moe_block": true, "num_experts": 4, "moe_intermediate_size": 5}""", "top_k_experts")]
    [InlineData("""{"enable_moe_block": true, "num_experts": 4, "top_k_experts": 5, "moe_intermediate_size": 5}""", "top_k_experts")]
    [InlineData("""{"num_kv_shared_layers": 2}""", "num_kv_shared_layers")]
    [InlineData("""{"num_kv_shared_layers": 1, "layer_types": ["sliding_attention", "full_attention"]}""", "num_kv_shared_layers")]
    [InlineData("""{"per_layer_config": {"7": {"head_dim": 8}}}""", "per_layer_config")]
    [InlineData("""{"per_layer_config": {"1": {"hidden_size": 8}}}""", "hidden_size")]
    [InlineData("""{"per_layer_config": {"1": {"num_key_value_heads": 3}}}""", "key-value heads")]
    [InlineData("""{"rope_parameters": {"sliding_attention": {"rope_type": "default", "rope_theta": 100}}}""", "full_attention")]
    [InlineData("""{"rope_parameters": {"sliding_attention": {"rope_type": "yarn", "rope_theta": 100}, "full_attention": {"rope_type": "default", "rope_theta": 100}}}""", "rope_type")]
    public void What_the_reference_would_not_run_so_is_refused_by_name(string changes, string field)
    {
        var variant = FamilyVariants.Merge("""{"head_dim": 4, "global_head_dim": 6, "hidden_size_per_layer_input": 3, "vocab_size_per_layer_input": 23}""", changes);
        var error = Should.Throw<InputException>(() => FamilyVariants.Describe("gemma4_text", variant));
        error.Message.ShouldContain(field);
        error.Message.ShouldNotContain("\n");
    }

    [SharedFact]
    public void A_trained_model_is_the_same_model()
    {
        var source = Shared.Path("models", "today", "gemma4");
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
        DecoderFamilies.Describe(after).Parameters.SelectMany(parameter => parameter.Tensors).ShouldBe(after.Tensors.Keys, ignoreOrder: true);
        ReferenceLosses.Of(after, source).ShouldBe(ReferenceLosses.Of(before, source), 1e-12);
    }
}
