using System.Globalization;
using LayerGrad.Data;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Data;

public sealed class SelectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _run;

    public SelectionTests()
    {
        // Q of layer 0 rises with the index, V of layer 1 falls; example 3 is undefined.
        var lines = Enumerable.Range(0, 10).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {"instruction": "q{{i}}", "output": "a{{i}}", "loss": {{0.1 * i}}, "index": {{i}}, "tokens": {"total": 12, "response": {{10 - i}}}, {{Weight(0, "q", i == 3 ? "NaN" : $"{i}")}}, {{Weight(0, "v", "1")}}, {{Weight(1, "q", "1")}}, {{Weight(1, "v", $"{20 - (2 * i)}")}}}
            """));
        _run = _folder.Write("run.jsonl", string.Join('\n', lines) + "\n");
    }

    [Fact]
    public void The_highest_of_one_projection_of_one_layer()
    {
        var selected = Selection.Select(_run, "S_sum", new SelectionRule.Top("20%"), "0", "Q");
        selected.Examples.Select(example => example.Instruction).ShouldBe(["q8", "q9"]);
        selected.Examples[0].Output.ShouldBe("a8");
        (selected.Total, selected.Unscored).ShouldBe((9, 1));
    }

    [Fact]
    public void The_score_is_the_mean_over_all_weights_given() =>
        Selection.Select(_run, "s_sum", new SelectionRule.Top("1"), null, null).Scores.Single().ShouldBe((0 + 1 + 1 + 20) / 4.0);

    [Fact]
    public void The_lowest_come_in_the_order_of_the_run() =>
        Selection.Select(_run, "S_sum", new SelectionRule.Bottom("3"), "1:2", "v").Examples.Select(example => example.Index).ShouldBe([7, 8, 9]);

    [Fact]
    public void A_range_holds_its_lower_end_only() =>
        Selection.Select(_run, "response_tokens", new SelectionRule.Between("2:4"), null, null).Examples.Select(example => example.Index).ShouldBe([7, 8]);

    [Theory]
    [InlineData("S_sum", "0%", "expected a number of examples such as 200, or a share such as 10%")]
    [InlineData("S_sum", "11", "only 9 examples have a score")]
    [InlineData("beauty", "1", "--by beauty: no such metric; there are S_sum")]
    [InlineData("effective_rank", "1", "the run lacks what effective_rank is computed from")]
    public void What_cannot_be_selected_is_told(string by, string amount, string message) =>
        Should.Throw<InputException>(() => Selection.Select(_run, by, new SelectionRule.Top(amount), "0", "Q")).Message.ShouldContain(message);

    [Theory]
    [InlineData("2", null, "the run has the layers 0 to 1")]
    [InlineData("x", null, "such as 0:8,15")]
    [InlineData(null, "K", "--proj K: the run has Q, V")]
    public void Layers_and_projections_must_be_there(string? layers, string? projections, string message) =>
        Should.Throw<InputException>(() => Selection.Select(_run, "S_sum", new SelectionRule.Top("1"), layers, projections)).Message.ShouldContain(message);

    [Fact]
    public void An_empty_range_says_where_the_values_are() =>
        Should.Throw<InputException>(() => Selection.Select(_run, "loss", new SelectionRule.Between("5:"), null, null)).Message.ShouldContain("loss goes from 0 to 0.9");

    public void Dispose() => _folder.Dispose();

    private static string Weight(int layer, string projection, string sum) =>
        $$"""
        "model.layers.{{layer}}.self_attn.{{projection}}_proj.weight": {"M_mean": 0, "M_max": 1, "M_min": -1, "frobenius_norm": 1, "S_sum": {{sum}}, "S_max": 1, "S_min": 0}
        """;
}
