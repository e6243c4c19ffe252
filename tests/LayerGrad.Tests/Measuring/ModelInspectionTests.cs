using LayerGrad.Checkpoints;
using LayerGrad.Measuring;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

public sealed class ModelInspectionTests
{
    [SharedTheory]
    [InlineData("gemma2", "self_attn.q_proj 96x72x4 self_attn.k_proj 48x72x4 self_attn.v_proj 48x72x4 self_attn.o_proj 72x96x4")]
    [InlineData("phi3", null)]
    public void What_the_paper_measures_is_listed_with_shapes(string family, string? expected)
    {
        using var checkpoint = Checkpoint.Open(Shared.Path("models", "tiny", family));

        var inspection = ModelInspection.Of(checkpoint);

        inspection.Family.ShouldBe(family);
        inspection.Weights.Where(group => group.InPaper).Sum(group => group.Count).ShouldBe(ReferenceWeights(family).Count);
        if (expected is not null)
            string.Join(' ', inspection.Weights.Where(group => group.InPaper).Select(group => $"{group.Kind} {group.Rows}x{group.Columns}x{group.Count}")).ShouldBe(expected);
    }

    public static TheoryData<string> Families => [.. Shared.Exists ? Directory.GetDirectories(Shared.Path("models", "tiny")).Select(path => Path.GetFileName(path)) : []];

    [SharedTheory]
    [MemberData(nameof(Families))]
    public void The_paper_selects_the_weights_of_the_reference(string family)
    {
        using var checkpoint = Checkpoint.Open(Shared.Path("models", "tiny", family));

        var selected = WeightSelection.Parse(null, Protocol.Paper).Select(ModelInspection.Matrices(checkpoint));

        selected.Select(weight => weight.Name).ShouldBe(ReferenceWeights(family), ignoreOrder: true);
    }

    [Theory]
    [InlineData("attention", "layers.0.self_attn.q_proj layers.1.self_attn.q_proj")]
    [InlineData("mlp", "layers.0.mlp.up_proj layers.1.mlp.up_proj")]
    [InlineData("all", "layers.0.self_attn.q_proj layers.0.mlp.up_proj layers.1.self_attn.q_proj layers.1.mlp.up_proj")]
    [InlineData("up_proj", "layers.0.mlp.up_proj layers.1.mlp.up_proj")]
    [InlineData("layers.1.", "layers.1.self_attn.q_proj layers.1.mlp.up_proj")]
    [InlineData("layers.0.*.q_proj,model.layers.1.mlp.up_proj.weight", "layers.0.self_attn.q_proj layers.1.mlp.up_proj")]
    public void Weights_are_selected_by_kind_or_by_name(string text, string expected)
    {
        var selected = WeightSelection.Parse(text, Protocol.Strict).Select(TwoLayers);

        string.Join(' ', selected.Select(weight => weight.Name["model.".Length..^".weight".Length])).ShouldBe(expected);
    }

    [Theory]
    [InlineData("proj")]
    [InlineData("layers.7")]
    [InlineData(",")]
    public void A_name_that_fits_no_weight_is_refused(string text) =>
        Should.Throw<InputException>(() => WeightSelection.Parse(text, Protocol.Paper).Select(TwoLayers)).Message.ShouldContain("--weights");

    private static readonly MeasuredWeight[] TwoLayers =
    [
        new("model.layers.0.self_attn.q_proj.weight", 4, 8), new("model.layers.0.mlp.up_proj.weight", 16, 8),
        new("model.layers.1.self_attn.q_proj.weight", 4, 8), new("model.layers.1.mlp.up_proj.weight", 16, 8),
    ];

    private static List<string> ReferenceWeights(string family)
    {
        var line = File.ReadLines(Shared.Path("reference", "tiny", family, "base.paper.jsonl")).First();
        using var document = System.Text.Json.JsonDocument.Parse(line);
        return [.. document.RootElement.EnumerateObject().Select(key => key.Name).Where(name => name.Contains("layers", StringComparison.Ordinal))];
    }
}
