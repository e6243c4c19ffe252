using System.Text.RegularExpressions;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Runs;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Names under wrappers, tied matrices, tensors that nobody reads or that are missing: the same losses, a note, or one line.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class CheckpointBindingTests : IDisposable
{
    private const string Head = "lm_head.weight", Embedding = "model.embed_tokens.weight";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData("llama2", "^", "_orig_mod.")]
    [InlineData("llama2", "^", "module.")]
    [InlineData("llama2", "^", "base_model.model.")]
    [InlineData("llama2", "^", "module._orig_mod.")]
    [InlineData("llama2", "^", "language_model.")]
    [InlineData("llama2", "^model\\.", "model.language_model.")]
    [InlineData("llama2", "^model\\.", "")]
    [InlineData("llama2", "(layers\\.\\d+\\.)", "$1_orig_mod.")]
    [InlineData("gemma2", "^model\\.", "")]
    [InlineData("gpt_neox", "^gpt_neox\\.", "")]
    public void Names_under_a_wrapper_give_the_same_losses(string family, string pattern, string replacement)
    {
        var source = Source(family);
        SafetensorsBuilder.Write(_folder.Path, source, [.. SafetensorsBuilder.Read(source).Select(tensor => tensor with { Name = Regex.Replace(tensor.Name, pattern, replacement) })]);
        Losses(_folder.Path, source).ShouldBe(Losses(source, source));
        Notes().ShouldBeEmpty();
    }

    [SharedFact]
    public void Two_names_that_may_be_one_tensor_are_refused_by_both()
    {
        var tensors = SafetensorsBuilder.Read(Source("llama2"));
        tensors.Add(tensors.First(static tensor => tensor.Name == Embedding) with { Name = "module." + Embedding });
        SafetensorsBuilder.Write(_folder.Path, Source("llama2"), tensors);
        var message = Should.Throw<InputException>(() => Checkpoint.Open(_folder.Path)).Message;
        message.ShouldContain($"'{Embedding}'");
        message.ShouldContain($"'module.{Embedding}'");
    }

    [SharedFact]
    public void A_tied_matrix_that_is_stored_once_serves_as_both_under_either_name()
    {
        var source = Source("gemma2");
        var tensors = SafetensorsBuilder.Read(source);
        tensors.ShouldNotContain(static tensor => tensor.Name == Head);
        SafetensorsBuilder.Write(_folder.Path, source, [.. tensors.Select(static tensor => tensor.Name == Embedding ? tensor with { Name = Head } : tensor)]);
        Losses(_folder.Path, source).ShouldBe(Losses(source, source));
        Notes().ShouldBeEmpty();
    }

    [SharedFact]
    public void Tied_matrices_that_are_stored_twice_are_tied_only_if_they_are_equal()
    {
        var source = Source("gemma2");
        var tensors = SafetensorsBuilder.Read(source);
        var head = tensors.First(static tensor => tensor.Name == Embedding) with { Name = Head };
        SafetensorsBuilder.Write(_folder.Path, source, [.. tensors, head]);
        using (var equal = Checkpoint.Open(_folder.Path))
            CheckpointBinding.Of(equal).Specification.IsTied.ShouldBeTrue();
        Notes().ShouldBeEmpty();

        head = head with { Values = [.. head.Values.Select(static value => 1.5f * value)] };
        SafetensorsBuilder.Write(_folder.Path, source, [.. tensors, head]);
        var note = Notes().ShouldHaveSingleItem();
        note.ShouldContain($"'{Head}'");
        note.ShouldContain("differ");
        var untied = Losses(_folder.Path, source);
        untied.ShouldNotBe(Losses(source, source));
        SafetensorsBuilder.Write(_folder.Path, source, [.. tensors, head], ("tie_word_embeddings", false));
        Losses(_folder.Path, source).ShouldBe(untied);
    }

    [SharedFact]
    public void A_head_that_is_missing_and_not_tied_is_refused_with_the_field()
    {
        SafetensorsBuilder.Write(_folder.Path, Source("llama2"), [.. SafetensorsBuilder.Read(Source("llama2")).Where(static tensor => tensor.Name != Head)]);
        var message = Refusal();
        message.ShouldContain($"'{Head}' is missing");
        message.ShouldContain("tie_word_embeddings");
    }

    [SharedFact]
    public void Tensors_that_nobody_reads_are_named_once_and_computed_ones_are_not()
    {
        var tensors = SafetensorsBuilder.Read(Source("llama2"));
        var layers = tensors.Count(static tensor => tensor.Name.EndsWith("input_layernorm.weight", StringComparison.Ordinal));
        for (var layer = 0; layer < layers; layer++)
        {
            tensors.Add(($"model.layers.{layer}.self_attn.q_proj.bias", [1], [0]));
            tensors.Add(($"model.layers.{layer}.self_attn.rotary_emb.inv_freq", [1], [0]));
        }

        tensors.Add(("vision_tower.patch.weight", [1], [0]));
        SafetensorsBuilder.Write(_folder.Path, Source("llama2"), tensors);
        Losses(_folder.Path, Source("llama2")).ShouldBe(Losses(Source("llama2"), Source("llama2")));
        Notes().ShouldHaveSingleItem().ShouldEndWith($"not read: model.layers.*.self_attn.q_proj.bias ({layers}), vision_tower.patch.weight");
    }

    [SharedFact]
    public void A_missing_norm_is_told_with_the_nearest_name_that_is_there()
    {
        SafetensorsBuilder.Write(_folder.Path, Source("llama2"), [.. SafetensorsBuilder.Read(Source("llama2")).Select(static tensor =>
            tensor with { Name = tensor.Name.Replace("layers.1.input_layernorm", "layers.1.input_norm", StringComparison.Ordinal) })]);
        var message = Refusal();
        message.ShouldContain("'model.layers.1.input_layernorm.weight' is missing");
        message.ShouldContain("the nearest that is there is 'model.layers.1.input_norm.weight'");
    }

    [SharedFact]
    public void The_metadata_of_a_run_keeps_the_notes_on_its_weights()
    {
        var tensors = SafetensorsBuilder.Read(Source("llama2"));
        tensors.Add(("extra.weight", [1], [0]));
        SafetensorsBuilder.Write(_folder.Path, Source("llama2"), tensors);
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(Source("llama2"), file), _folder.At(file));
        var (status, _, error) = CommandLineRun.Of(
            "measure", "--model", _folder.Path, "--data", Shared.Path("reference", "examples.json"), "--limit", "1", "--out", _folder.At("run.jsonl"));
        status.ShouldBe(0, error);
        error.ShouldContain("note: tensors that the model 'llama' does not have and that are not read: extra.weight");
        RunMetadata.Read(_folder.At("run.meta.json")).WeightNotes.ShouldHaveSingleItem().ShouldContain("extra.weight");

        var training = CommandLineRun.Of(
            "train", "--model", _folder.Path, "--data", Shared.Path("reference", "examples.json"), "--steps", "1", "--batch", "1", "--max-length", "256", "--out", _folder.At("trained"));
        training.Status.ShouldBe(0, training.Error);
        training.Error.ShouldContain("note: tensors that the model 'llama' does not have and that are not read: extra.weight");
    }

    [SharedFact]
    public void Fields_that_nobody_uses_are_named_in_one_note_and_in_the_metadata_and_harmless_ones_are_not()
    {
        SafetensorsBuilder.Write(
            _folder.Path, Source("llama2"), SafetensorsBuilder.Read(Source("llama2")), ("foo_bar", 3), ("bar_foo", "x"), ("use_cache", false), ("unsloth_version", "1"));
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(Source("llama2"), file), _folder.At(file));
        const string Note = "fields of the configuration that the model 'llama' does not use: bar_foo, foo_bar";
        Notes().ShouldHaveSingleItem().ShouldBe(Note);

        var (status, _, error) = CommandLineRun.Of(
            "measure", "--model", _folder.Path, "--data", Shared.Path("reference", "examples.json"), "--limit", "1", "--out", _folder.At("run.jsonl"));
        status.ShouldBe(0, error);
        error.Split(Environment.NewLine).Count(line => line.StartsWith("note: fields", StringComparison.Ordinal)).ShouldBe(1);
        error.ShouldContain("note: " + Note);
        RunMetadata.Read(_folder.At("run.meta.json")).UnusedFields.ShouldBe(["bar_foo", "foo_bar"]);
        CommandLineRun.Of("inspect", _folder.Path).Output.ShouldContain(Note);

        var kernel = CommandLineRun.Of(
            "kernel", "--model", _folder.Path, "--data", Shared.Path("reference", "examples.json"), "--limit", "1", "--weights", "model.layers.0.self_attn.k_proj", "--out", _folder.At("kernel.npy"));
        kernel.Status.ShouldBe(0, kernel.Error);
        kernel.Error.Split(Environment.NewLine).Count(line => line == "note: " + Note).ShouldBe(1);
    }

    private static string Source(string family) =>
        Directory.Exists(Shared.Path("models", "tiny", family)) ? Shared.Path("models", "tiny", family) : Shared.Path("models", "more", family);

    private static double[] Losses(string model, string tokenizer)
    {
        using var checkpoint = Checkpoint.Open(model);
        return ReferenceLosses.Of(checkpoint, tokenizer);
    }

    private IReadOnlyList<string> Notes()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        return CheckpointBinding.Of(checkpoint).Notes;
    }

    private string Refusal()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var message = Should.Throw<InputException>(() => new CheckpointParameters<float>(checkpoint, CheckpointBinding.Of(checkpoint).Specification)).Message;
        message.ShouldNotContain("\n");
        return message;
    }
}
