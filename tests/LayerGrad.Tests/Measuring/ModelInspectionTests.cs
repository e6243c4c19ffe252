using LayerGrad.Measuring.Inspection;
using LayerGrad.Models;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

public sealed class ModelInspectionTests
{
    [SharedFact]
    public void What_is_measured_is_listed_with_shapes()
    {
        using var model = ModelLoader.Open(Shared.Path("models", "tiny", "gemma2"));

        var inspection = ModelInspection.Of(model);

        inspection.Family.ShouldBe("gemma2");
        string.Join(' ', inspection.Weights.Where(group => group.InPaper).Select(group => $"{group.Kind} {group.Rows}x{group.Columns}x{group.Count}"))
            .ShouldBe("self_attn.q_proj 96x72x4 self_attn.k_proj 48x72x4 self_attn.v_proj 48x72x4 self_attn.o_proj 72x96x4");
    }

    public static TheoryData<string> Families => [.. Shared.Exists ? Directory.GetDirectories(Shared.Path("models", "tiny")).Select(path => Path.GetFileName(path)) : []];

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void Every_family_can_be_measured_in_the_weights_of_the_reference(string family)
    {
        using var model = ModelLoader.Open(Shared.Path("models", "tiny", family));

        var inspection = ModelInspection.Of(model);

        inspection.Unsupported.ShouldBeNull();
        inspection.Weights.Where(group => group.InPaper).Sum(group => group.Count).ShouldBe(ReferenceWeights(family).Count);
    }

    [SharedTheory]
    [InlineData("gemma3_wrapper", "gemma3", 7, "96x64 24x64 24x64 64x96", "vision_tower")]
    [InlineData("gpt2", "gpt2", 4, "64x64", "visual")]
    public void A_model_of_today_is_named_with_its_sizes_and_the_weights_of_its_language_model(string checkpoint, string family, int layers, string measured, string other)
    {
        using var model = ModelLoader.Open(Shared.Path("models", "today", checkpoint));

        var inspection = ModelInspection.Of(model);

        inspection.Unsupported.ShouldBeNull();
        inspection.Family.ShouldBe(family);
        inspection.Sizes.ShouldContain(("layers", $"{layers}"));
        inspection.Sizes.ShouldContain(("hidden size", "64"));
        string.Join(' ', inspection.Weights.Where(static group => group.InPaper).Select(static group => $"{group.Rows}x{group.Columns}")).ShouldBe(measured);
        inspection.Weights.ShouldAllBe(group => group.Count == layers && !group.Kind.Contains(other, StringComparison.Ordinal));
    }

    [SharedFact]
    public void A_model_that_cannot_be_measured_says_why()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Shared.Path("models", "tiny", "llama2")))
            File.Copy(file, folder.At(Path.GetFileName(file)));
        var config = folder.At("config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"hidden_act\": \"silu\"", "\"hidden_act\": \"snake\"", StringComparison.Ordinal));
        using var model = ModelLoader.Open(folder.Path);

        var inspection = ModelInspection.Of(model);

        inspection.Unsupported.ShouldNotBeNull().ShouldContain("hidden_act");
        inspection.Nearest.ShouldBeNull(); // Its own family is known.
    }

    [SharedFact]
    public void A_family_that_is_not_known_is_told_by_what_the_nearest_does_not_understand()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Shared.Path("models", "tiny", "qwen3")))
            File.Copy(file, folder.At(Path.GetFileName(file)));
        var config = folder.At("config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"model_type\": \"qwen3\"", "\"model_type\": \"qwen9\", \"attention_sinks\": 4", StringComparison.Ordinal));
        using var model = ModelLoader.Open(folder.Path);

        var inspection = ModelInspection.Of(model);

        inspection.Unsupported.ShouldNotBeNull().ShouldContain("qwen9");
        var nearest = inspection.Nearest.ShouldNotBeNull();
        nearest.Family.ShouldBe("qwen3");
        nearest.Fields.ShouldContain("attention_sinks");
        nearest.Fields.ShouldNotContain("hidden_size");
        nearest.Tensors.ShouldBeEmpty();
        nearest.Missing.ShouldBeEmpty();

        var tensors = model.Checkpoint.Tensors.Keys.Append("model.layers.3.self_attn.sinks").Where(name => !name.Contains("k_norm", StringComparison.Ordinal)).ToList();
        var changed = LayerGrad.Decoders.Families.DecoderFamilies.Nearest(model.Checkpoint.Config, tensors).ShouldNotBeNull();
        changed.Tensors.ShouldBe(["model.layers.*.self_attn.sinks"]);
        changed.Missing.ShouldBe(["model.layers.*.self_attn.k_norm.weight"]);
    }

    private static List<string> ReferenceWeights(string family)
    {
        var line = File.ReadLines(Shared.Path("reference", "tiny", family, "base.paper.jsonl")).First();
        using var document = System.Text.Json.JsonDocument.Parse(line);
        return [.. document.RootElement.EnumerateObject().Select(key => key.Name).Where(name => name.Contains("layers", StringComparison.Ordinal))];
    }
}
