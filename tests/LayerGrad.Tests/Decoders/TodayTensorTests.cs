using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Decoders;

/// <summary>The tensors of models that also see, and of GPT-2, under every name that they have had.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class TodayTensorTests : IDisposable
{
    private const string Head = "lm_head.weight", Embedding = "model.embed_tokens.weight", Tie = "tie_word_embeddings";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData("gemma3_wrapper", "language_model.model.", "language_model.")]
    [InlineData("gemma3_wrapper", "model.language_model.", "")]
    [InlineData("mistral3", "model.language_model.", "")]
    [InlineData("mistral3", "language_model.model.", "language_model.")]
    [InlineData("qwen2_5_vl", "model.", "")]
    [InlineData("qwen2_5_vl", "model.language_model.", "")]
    [InlineData("qwen3_vl", "model.language_model.", "")]
    [InlineData("qwen3_vl", "language_model.model.", "language_model.")]
    public void A_language_model_is_found_under_each_of_its_names(string name, string decoder, string head)
    {
        Write(name, tensor => tensor == Head ? head + Head : tensor.StartsWith("model.layers.", StringComparison.Ordinal) || tensor.StartsWith("model.norm", StringComparison.Ordinal)
            || tensor.StartsWith("model.embed", StringComparison.Ordinal) ? decoder + tensor["model.".Length..] : tensor);
        Losses().ShouldBe(Saved(name));
    }

    [SharedTheory]
    [InlineData("gemma3_wrapper", "multi_modal_projector.* (2), vision_tower.* (21)")]
    [InlineData("mistral3", "multi_modal_projector.* (4), vision_tower.* (11)")]
    [InlineData("qwen2_5_vl", "visual.* (18)")]
    [InlineData("qwen3_vl", "model.visual.* (27)")]
    public void The_parts_that_text_does_not_pass_are_told_in_one_note(string name, string parts)
    {
        using var checkpoint = Checkpoint.Open(Original(name));
        var binding = CheckpointBinding.Of(checkpoint);
        var note = binding.Notes.ShouldHaveSingleItem();
        note.ShouldContain("measured on text alone");
        note.ShouldEndWith(parts);
    }

    [SharedTheory]
    [InlineData("qwen3_vl")]
    [InlineData("qwen2_5_vl")]
    public void The_wrapper_s_own_field_ties_head_and_embedding(string name)
    {
        // Both matrices stand there with values of their own: then they are not tied.
        var tensors = SafetensorsBuilder.Read(Original(name));
        WriteTied(name, tensors, tie: true);
        Losses().ShouldBe(Saved(name));

        WriteTied(name, [.. tensors.Where(static tensor => tensor.Name != Head)], tie: true);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        CheckpointBinding.Of(checkpoint).Specification.IsTied.ShouldBeTrue();
        Losses().ShouldNotBe(Saved(name));
    }

    [SharedTheory]
    [InlineData("gemma3_wrapper")]
    [InlineData("mistral3")]
    public void A_wrapper_that_says_nothing_ties_head_and_embedding_unless_both_are_stored_and_differ(string name)
    {
        var tensors = SafetensorsBuilder.Read(Original(name));
        var embedding = tensors.First(static tensor => tensor.Name == Embedding);
        WriteTied(name, [.. tensors.Select(static tensor => tensor.Name == Embedding ? tensor with { Name = "language_model." + Head } : tensor)], tie: null);
        Losses().ShouldBe(Saved(name));

        WriteTied(name, [.. tensors, embedding with { Name = "language_model." + Head, Values = [.. embedding.Values.Select(static value => 1.5f * value)] }], tie: null);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var binding = CheckpointBinding.Of(checkpoint);
        binding.Specification.IsTied.ShouldBeFalse();
        binding.Notes.ShouldContain(note => note.Contains("differ", StringComparison.Ordinal));
        Losses().ShouldNotBe(Saved(name));
    }

    [SharedFact]
    public void A_head_that_the_wrapper_does_not_tie_must_be_there()
    {
        var original = Original("qwen3_vl");
        SafetensorsBuilder.Write(_folder.Path, original, [.. SafetensorsBuilder.Read(original).Where(static tensor => tensor.Name != Head)]);
        Should.Throw<InputException>(() => Losses()).Message.ShouldContain(Tie);
    }

    /// <summary>The published configurations of Qwen2.5-VL have the language model's fields at the top.</summary>
    [SharedFact]
    public void Text_fields_at_the_top_are_those_of_text_config()
    {
        var original = Original("qwen2_5_vl");
        SafetensorsBuilder.Write(_folder.Path, original, SafetensorsBuilder.Read(original));
        var config = JsonNode.Parse(File.ReadAllText(_folder.At("config.json")))!.AsObject();
        foreach (var (field, value) in config["text_config"]!.AsObject().Where(static field => field.Key is not ("model_type" or "rope_parameters")))
            config[field] = value?.DeepClone();
        config.Remove("text_config");
        config["rope_theta"] = 1000000.0;
        config["rope_scaling"] = JsonNode.Parse("""{"type": "mrope", "mrope_section": [2, 3, 3]}""");
        File.WriteAllText(_folder.At("config.json"), config.ToJsonString());
        Losses().ShouldBe(Saved("qwen2_5_vl"));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        CheckpointBinding.Of(checkpoint).Specification.UnusedFields.ShouldBeEmpty();
    }

    [SharedFact]
    public void GPT_2_is_read_without_its_prefix_and_beside_its_masks()
    {
        var original = Original("gpt2");
        var tensors = SafetensorsBuilder.Read(original).Select(static tensor => tensor with { Name = tensor.Name["transformer.".Length..] }).ToList();
        for (var layer = 0; layer < 4; layer++)
        {
            tensors.Add(($"h.{layer}.attn.bias", [1, 1, 2, 2], [1, 0, 1, 1]));
            tensors.Add(($"h.{layer}.attn.masked_bias", [], [-10000]));
        }

        SafetensorsBuilder.Write(_folder.Path, original, tensors);
        Losses().ShouldBe(Saved("gpt2"));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        CheckpointBinding.Of(checkpoint).Notes.ShouldBeEmpty();
        checkpoint.Tensors.Keys.ShouldContain("transformer.h.3.mlp.c_fc.weight");
    }

    [SharedFact]
    public void An_example_beyond_the_learned_positions_is_refused_with_what_to_do()
    {
        var original = Original("gpt2");
        SafetensorsBuilder.Write(
            _folder.Path, original,
            [.. SafetensorsBuilder.Read(original).Select(static tensor => tensor.Name.Contains("wpe", StringComparison.Ordinal) ? (tensor.Name, [100, 64], tensor.Values[..6400]) : tensor)],
            ("n_positions", 100));
        var message = Should.Throw<InputException>(() => Losses()).Message;
        message.ShouldContain("--max-length 100");
        message.ShouldNotContain("\n");
    }

    [SharedFact]
    public void A_matrix_stored_transposed_is_measured_and_selected_under_its_name()
    {
        using var checkpoint = Checkpoint.Open(Original("gpt2"));
        var specification = CheckpointBinding.Of(checkpoint).Specification;
        var fused = specification.Layers[0].Mixer.ShouldBeOfType<AttentionSpecification>().Projections[0].Weight;
        (fused.Rows, fused.Columns).ShouldBe((192, 64));
        checkpoint.Tensors[fused.Name].Shape.ShouldBe([64, 192]);
        var (stored, used) = (new double[64 * 192], new double[64 * 192]);
        checkpoint.Read(fused.Name, 0, stored);
        var parameters = new CheckpointParameters<double>(checkpoint, specification);
        parameters.Read(fused, 0, used);
        for (var row = 0; row < 192; row++)
        {
            for (var column = 0; column < 64; column++)
                used[(row * 64) + column].ShouldBe(stored[(column * 192) + row]);
        }

        // Any run of elements, also one that begins and ends within a row.
        foreach (var (start, length) in new[] { (0, 1), (63, 2), (70, 500), (12_287, 1), (5, 64) })
        {
            var part = new double[length];
            parameters.Read(fused, start, part);
            part.ShouldBe(used[start..(start + length)]);
        }
    }

    private static string Original(string name) => Shared.Path("models", "today", name);

    private void WriteTied(string name, List<(string Name, long[] Shape, float[] Values)> tensors, bool? tie)
    {
        SafetensorsBuilder.Write(_folder.Path, Original(name), tensors);
        var config = JsonNode.Parse(File.ReadAllText(_folder.At("config.json")))!.AsObject();
        config.Remove(Tie);
        if (tie is { } value)
            config[Tie] = value;
        File.WriteAllText(_folder.At("config.json"), config.ToJsonString());
    }

    private void Write(string name, Func<string, string> rename) =>
        SafetensorsBuilder.Write(_folder.Path, Original(name), [.. SafetensorsBuilder.Read(Original(name)).Select(tensor => tensor with { Name = rename(tensor.Name) })]);

    private double[] Losses()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var family = checkpoint.Config.GetProperty("model_type").GetString()!;
        return ReferenceLosses.Of(checkpoint, Original(family == "gemma3" ? "gemma3_wrapper" : family));
    }

    private static double[] Saved(string name)
    {
        using var checkpoint = Checkpoint.Open(Original(name));
        return ReferenceLosses.Of(checkpoint, Original(name));
    }
}
