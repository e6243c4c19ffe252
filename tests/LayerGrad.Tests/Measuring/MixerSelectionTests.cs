using System.Buffers.Binary;
using System.Text.Json;
using LayerGrad.Gradients;
using LayerGrad.Models;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary><c>--weights mixer</c> on the families whose mixers are no plain attention, and the hybrids that are not there yet.</summary>
public sealed class MixerSelectionTests
{
    [SharedTheory]
    [InlineData("qwen3_next")]
    [InlineData("qwen3_5")]
    [InlineData("qwen3_5_moe")]
    [InlineData("deepseek_v2")]
    [InlineData("deepseek_v3")]
    [InlineData("mistral4")]
    [InlineData("gpt_oss")]
    [InlineData("gemma4")]
    [InlineData("lfm2")]
    public void Mixer_is_every_matrix_that_the_checkpoint_holds_of_the_mixers(string family)
    {
        var folder = Shared.Path("models", "today", family);
        using var model = ModelLoader.Open(folder);

        var names = WeightSelector.Parse(model.Specification, "mixer", splitFused: false).Select(weight => weight.Name).ToList();

        names.ShouldBeUnique();
        names.Order(StringComparer.Ordinal).ShouldBe(MixerMatrices(Path.Combine(folder, "model.safetensors")).Order(StringComparer.Ordinal));
    }

    [SharedTheory]
    [InlineData("falcon_h1")]
    [InlineData("granitemoehybrid")]
    [InlineData("nemotron_h")]
    public void A_hybrid_of_Mamba_is_refused_by_its_name(string family)
    {
        using var folder = new TemporaryFolder();

        var run = Layergrad.Run(
            "measure", "--model", Shared.Path("models", "today", family), "--data", Shared.Path("reference", "examples.json"), "--limit", "1", "--out", folder.At("run.jsonl"));

        run.Status.ShouldBe(2);
        run.ErrorLine.ShouldContain($"model_type is \"{family}\", which LayerGrad does not implement");
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    /// <summary>The matrices under a module that mixes tokens; a convolution's weights have three dimensions and no place in <c>--weights</c>.</summary>
    private static List<string> MixerMatrices(string path)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[8];
        file.ReadExactly(bytes);
        bytes = new byte[BinaryPrimitives.ReadInt64LittleEndian(bytes)];
        file.ReadExactly(bytes);
        using var header = JsonDocument.Parse(bytes);
        return [.. header.RootElement.EnumerateObject()
            .Where(tensor => tensor.Name.Split('.').Intersect(["self_attn", "linear_attn", "conv"]).Any() && tensor.Value.GetProperty("shape").GetArrayLength() == 2)
            .Select(tensor => tensor.Name)];
    }
}
