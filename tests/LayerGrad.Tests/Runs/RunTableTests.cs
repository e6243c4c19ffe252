using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

public sealed class RunTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-table-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Weights_become_a_grid_of_projections_and_layers_and_the_rest_is_named()
    {
        var path = Write(Example("a", 1,
            ("model.embed_tokens.weight", 9), ("model.layers.1.self_attn.k_proj.weight", 4), ("model.layers.0.self_attn.k_proj.weight", 3),
            ("model.layers.0.self_attn.q_proj.weight", 1), ("model.layers.1.self_attn.q_proj.weight", 2), ("model.layers.1.mlp.up_proj.weight", 8)));
        var table = RunTable.Load(path, new RunTableOptions());
        table.Projections.ShouldBe(["Q", "K"]);
        table.LayerNumbers.ShouldBe([0, 1]);
        new[] { (0, 0), (0, 1), (1, 0), (1, 1) }.Select(at => table.Column(Metric.NuclearNorm, at.Item1, at.Item2)[0]).ShouldBe([1.0, 2, 3, 4]);
        table.WeightsLeftOut.ShouldBe(["model.embed_tokens.weight", "model.layers.1.mlp.up_proj.weight"]);
        table.HasTokens.ShouldBeFalse();
    }

    [Fact]
    public void Two_weights_of_one_layer_with_one_short_name_keep_their_long_ones()
    {
        var table = RunTable.Load(
            Write(Example("a", 1, ("h.0.attn.wq.weight", 1), ("h.0.cross.wq.weight", 2), ("h.0.attn.wk.weight", 3))), new RunTableOptions());
        table.Projections.ShouldBe(["K", "attn.wq.weight", "cross.wq.weight"]);
    }

    [Fact]
    public void More_examples_than_a_chunk_holds_keep_their_values()
    {
        var table = RunTable.Load(Write([.. Enumerable.Range(0, 1500).Select(i => Example("a", 2, ("l.0.q_proj.weight", i)))]),
            new RunTableOptions { OptionalMetrics = [Metric.Parse("S_sum_regularized"), Metric.EffectiveRank] });
        table.Count.ShouldBe(1500);
        table.Column(Metric.NuclearNorm, 0, 0)[1499].ShouldBe(1499);
        table.Column(Metric.Parse("s_sum_regularized"), 0, 0)[1499].ShouldBe(749.5);
        table.Has(Metric.EffectiveRank).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    [InlineData(1 << 30)]
    public void Columns_are_what_was_put_in_wherever_they_lie(long memory)
    {
        const int Columns = 60;
        foreach (var rows in (int[])[1, 1023, 1024, 1025, 5000])
        {
            var store = new ColumnStore(Columns, memory);
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < Columns; column++)
                    store.Set(column, (row * 100.0) + column);
                store.EndRow();
            }

            store.Count.ShouldBe(rows);
            foreach (var column in (int[])[0, 31, Columns - 1])
                store.Column(column).ToArray().ShouldBe(Enumerable.Range(0, rows).Select(row => (row * 100.0) + column));
        }
    }

    [Fact]
    public void An_example_with_a_NaN_is_incomplete_in_that_projection_alone()
    {
        var table = RunTable.Load(
            Write(Example("a", 1, ("l.0.q_proj.weight", double.NaN), ("l.0.k_proj.weight", 1)), Example("b", 1, ("l.0.q_proj.weight", 1), ("l.0.k_proj.weight", 1))),
            new RunTableOptions());
        table.Complete(Metric.NuclearNorm, table.Projections.ToList().IndexOf("Q")).ShouldBe([false, true]);
        table.Complete(Metric.NuclearNorm, table.Projections.ToList().IndexOf("K")).ShouldBe([true, true]);
    }

    [Fact]
    public void A_ratio_to_zero_is_undefined_and_not_zero()
    {
        var table = RunTable.Load(Write(Example("a", 0, ("l.0.q_proj.weight", 1))), new RunTableOptions { Metrics = [Metric.Parse("S_sum_regularized")] });
        table.Column(Metric.Parse("S_sum_regularized"), 0, 0)[0].ShouldBe(double.NaN);
    }

    [Fact]
    public void An_empty_run_a_missing_metric_and_an_index_twice_are_refused()
    {
        Should.Throw<InputException>(() => RunTable.Load(Write(), new RunTableOptions())).Message.ShouldContain("is empty");
        var one = Example("a", 1, ("l.0.q_proj.weight", 1));
        Should.Throw<InputException>(() => RunTable.Load(Write(one), new RunTableOptions { Metrics = [Metric.EffectiveRank] }))
            .Message.ShouldEndWith("has no effective_rank; it has S_sum, S_sum_regularized.");
        var indexed = "{\"index\": 3, " + one[1..];
        Should.Throw<InputException>(() => RunTable.Load(Write(indexed, indexed), new RunTableOptions())).Message.ShouldContain(":2: has index 3 a second time");
        Should.Throw<InputException>(() => RunTable.Load(Path.Combine(_folder, "none.jsonl"), new RunTableOptions())).Message.ShouldContain("no such file");
        Should.Throw<InputException>(() => RunTable.Load(_folder, new RunTableOptions())).Message.ShouldContain("is a folder");
        Should.Throw<InputException>(() => Metric.Parse("S_som")).Message.ShouldContain("S_sum");
    }

    [Fact]
    public void A_run_with_training_steps_wants_one_chosen()
    {
        var line = Example("a", 1, ("l.0.q_proj.weight", 1));
        string[] lines = ["{\"step\": 0, " + line[1..], "{\"step\": 20, " + line[1..]];
        Should.Throw<InputException>(() => RunTable.Load(Write(lines), new RunTableOptions())).Message.ShouldContain("0, 20; choose one with --step");
        Should.Throw<InputException>(() => RunTable.Load(Write(lines), new RunTableOptions { Step = 7 })).Message.ShouldContain("has no step 7; it holds 0, 20");
        Should.Throw<InputException>(() => RunTable.Load(Write(line), new RunTableOptions { Step = 7 })).Message.ShouldContain("has no training steps");
        RunTable.Load(Write(lines), new RunTableOptions { Step = 20 }).Count.ShouldBe(1);
    }

    [Fact]
    public void The_files_beside_a_run_are_read()
    {
        var path = Write(Example("a", 1, ("l.0.q_proj.weight", 1)));
        File.WriteAllText(Path.Combine(_folder, "run.meta.json"), """{"model": "m"}""");
        File.WriteAllText(Path.Combine(_folder, "run.skipped.jsonl"), """{"index": 7, "reason": "empty output"}""" + "\n");
        var table = RunTable.Load(path, new RunTableOptions());
        table.Metadata.ShouldNotBeNull().NameOfModel.ShouldBe("m");
        table.Skipped.ShouldBe([new SkippedExample(7, "empty output")]);
        table.IsUnmeasured(7).ShouldBeTrue();
        File.WriteAllText(Path.Combine(_folder, "run.meta.json"), "{");
        Should.Throw<InputException>(() => RunTable.Load(path, new RunTableOptions())).Message.ShouldContain("run.meta.json:1:");
    }

    [SharedFact]
    public void A_run_of_the_original_is_a_table_of_four_projections()
    {
        var table = RunTable.Load(Shared.Path("reference", "smollm2", "aqua_train_no_cot.jsonl"), new RunTableOptions { Metrics = [Metric.Parse("S_ratio")] });
        (table.Count, table.Layers).ShouldBe((30, 30));
        table.Projections.ShouldBe(["Q", "K", "V", "O"]);
    }

    private static string Example(string instruction, double loss, params (string Weight, double Sum)[] weights)
    {
        var statistics = weights.Select(weight => FormattableString.Invariant($"\"{weight.Weight}\": {{\"S_sum\": {weight.Sum}}}"));
        return FormattableString.Invariant($"{{\"instruction\": \"{instruction}\", \"output\": \"o\", \"loss\": {loss}, {string.Join(", ", statistics)}}}");
    }

    private string Write(params string[] lines)
    {
        var path = Path.Combine(_folder, "run.jsonl");
        File.WriteAllLines(path, lines);
        return path;
    }
}
