using System.Globalization;
using System.Text;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

public sealed class RunReaderTests : IDisposable
{
    private const string Query = "model.layers.0.self_attn.q_proj.weight";
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-runs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("model.layers.3.self_attn.q_proj.weight", 3, "Q")]
    [InlineData("model.layers.12.self_attn.o_proj.weight", 12, "O")]
    [InlineData("model.layers.0.self_attn.qkv_proj.weight", 0, "QKV")]
    [InlineData("model.layers.0.self_attn.dense.weight", 0, "O")]
    [InlineData("gpt_neox.layers.5.attention.query_key_value.weight", 5, "QKV")]
    [InlineData("gpt_neox.layers.5.attention.dense.weight", 5, "O")]
    [InlineData("gpt_neox.layers.5.mlp.dense_h_to_4h.weight", 5, "up")]
    [InlineData("model.layers.1.mlp.down_proj.weight", 1, "down")]
    [InlineData("transformer.h.7.attn.c_attn.weight", 7, "QKV")]
    [InlineData("transformer.h.7.mlp.c_proj.weight", 7, "down")]
    [InlineData("transformer.h.7.attn.c_proj.weight", 7, "O")]
    [InlineData("model.layers.2.block_sparse_moe.experts.4.w2.weight", 2, "experts.4.down")]
    [InlineData("model.layers.2.block_sparse_moe.gate.weight", 2, "block_sparse_moe.gate")]
    [InlineData("lm_head.weight", null, "lm_head")]
    public void A_weight_has_a_layer_and_a_projection(string name, int? layer, string projection) =>
        WeightName.Parse(name).ShouldBe(new WeightName(name, layer, projection));

    [Fact]
    public void An_example_is_read_with_its_texts_tokens_and_statistics()
    {
        var path = Write($$$"""{"index": 4, "instruction": "a\n\u00e9", "output": "b", "loss": 1.5, "tokens": {"total": 9, "response": 3}, "{{{Query}}}": {"S_sum": 2.5, "S_max": 1.25}}""");
        using var reader = new RunReader(path, new RunReaderOptions { Texts = true });
        reader.Read().ShouldBeTrue();
        var example = reader.Current;
        (example.Index, example.Line, example.Loss, example.TotalTokens, example.ResponseTokens, example.Step).ShouldBe((4, 1, 1.5, 9, 3, null));
        (example.Instruction, example.Output).ShouldBe(("a\né", "b"));
        example[0, Statistic.SingularSum].ShouldBe(2.5);
        example[0, Statistic.FrobeniusNorm].ShouldBe(double.NaN);
        (reader.Has(Statistic.SingularMax), reader.Has(Statistic.FrobeniusNorm)).ShouldBe((true, false));
        reader.Read().ShouldBeFalse();
    }

    [Fact]
    public void Numbers_that_Python_writes_outside_JSON_are_read_and_texts_with_their_names_are_left()
    {
        var path = Write($$$"""{"instruction": "NaN \" Infinity", "output": "-Infinity", "loss": NaN, "{{{Query}}}": {"M_max": NaN, "M_min": null, "M_mean": NaN, "S_sum": 1}}""");
        using var reader = new RunReader(path, new RunReaderOptions { Texts = true });
        reader.Read().ShouldBeTrue();
        (reader.Current.Instruction, reader.Current.Output).ShouldBe(("NaN \" Infinity", "-Infinity"));
        reader.Current.Loss.ShouldBe(double.NaN);
        reader.Current[0, Statistic.Max].ShouldBe(double.NaN);
        reader.Current[0, Statistic.Min].ShouldBe(double.NaN);
        reader.Current[0, Statistic.Mean].ShouldBe(double.NaN);
        reader.Current[0, Statistic.SingularSum].ShouldBe(1);
    }

    [Fact]
    public void A_list_of_singular_values_stands_in_for_what_the_successor_leaves_out()
    {
        var path = Write(Line("a", "\"frobenius_norm\": 5, \"S_list\": [2, 1, 1, 0]"), Line("b", "\"frobenius_norm\": 5, \"S_list\": [4, 0, 0, 0]"));
        using var reader = new RunReader(path, new RunReaderOptions { Spectra = true });
        reader.Read().ShouldBeTrue();
        reader.Current[0, Statistic.SingularSum].ShouldBe(4);
        reader.Current[0, Statistic.SingularMax].ShouldBe(2);
        reader.Current[0, Statistic.SingularMin].ShouldBe(0);
        reader.Current[0, Statistic.EffectiveRank].ShouldBe(Math.Pow(2, 1.5), 1e-12);
        reader.Current.Spectrum(0).ToArray().ShouldBe([2.0, 1, 1, 0]);
        reader.Read().ShouldBeTrue();
        reader.Current[0, Statistic.EffectiveRank].ShouldBe(1, 1e-12);
    }

    [Fact]
    public void A_list_beside_the_statistics_is_read_only_where_it_is_asked_for()
    {
        const string statistics = "\"S_sum\": 4, \"S_max\": 2, \"S_min\": 0, \"effective_rank\": 3, \"S_list\": [2, 1, 1]";
        using var reader = new RunReader(Write(Line("a", statistics), Line("b", statistics)));
        while (reader.Read())
        {
            reader.Current.Spectrum(0).Length.ShouldBe(0);
            reader.Current[0, Statistic.EffectiveRank].ShouldBe(3);
        }

        reader.Current.Index.ShouldBe(1);
    }

    [Fact]
    public void Lines_longer_than_the_buffer_and_odd_line_ends_are_read()
    {
        var list = string.Join(", ", Enumerable.Range(0, 200_000).Select(i => (200_000 - i).ToString(CultureInfo.InvariantCulture)));
        var path = Path.Combine(_folder, "long.jsonl");
        File.WriteAllText(path, "\uFEFF" + Line("a", $"\"S_list\": [{list}]") + "\r\n\n" + Line("b", $"\"S_list\": [{list}]"), new UTF8Encoding(false));
        using var reader = new RunReader(path);
        reader.Read().ShouldBeTrue();
        reader.Current[0, Statistic.SingularSum].ShouldBe(200_000.0 * 200_001 / 2);
        reader.Read().ShouldBeTrue();
        (reader.Current.Line, reader.Current.Index).ShouldBe((3, 1));
        reader.Read().ShouldBeFalse();
    }

    [Fact]
    public void A_line_that_is_not_JSON_is_refused_with_file_line_and_column()
    {
        var path = Write(Line("a", "\"S_sum\": 1"), "{\"instruction\": oops}");
        using var reader = new RunReader(path);
        reader.Read().ShouldBeTrue();
        var error = Should.Throw<InputException>(() => reader.Read());
        error.Message.ShouldStartWith($"{path}:2:17: is not JSON");
        error.Message.ShouldContain("--skip-bad");
    }

    [Theory]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("{\"instruction\": \"a\", \"loss\": 1, \"m.0.w\": {\"S_sum\": 1}}", "no \"output\"")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"loss\": 1}", "no weight")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"loss\": \"x\"}", "\"loss\" that is not a number")]
    [InlineData("{\"index\": -1}", "\"index\" that is not a whole number")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"loss\": 1, \"m.0.w\": {\"S_sum\": 1}, \"m.0.w\": {\"S_sum\": 1}}", "twice")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"loss\": 1, \"m.0.w\": {\"S_sum\": 1}, \"m.1.w\": {\"S_max\": 1}}", "no S_sum for m.1.w")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"loss\": 1e999}", "\"loss\" that is infinite")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"loss\": Infinity}", "\"loss\" that is infinite")]
    [InlineData("{\"m.0.w\": {\"S_sum\": -Infinity}}", "S_sum of m.0.w that is infinite")]
    [InlineData("{\"m.0.w\": {\"S_sum\": 1e999}}", "S_sum of m.0.w that is infinite")]
    [InlineData("{\"m.0.w\": {\"S_sum\": 1, \"S_sum\": 2}}", "S_sum of m.0.w twice")]
    [InlineData("{\"m.0.w\": {\"S_list\": [1e308, 1e308]}}", "S_list of m.0.w whose values or their sum")]
    [InlineData("{\"m.0.w\": {\"S_list\": [Infinity]}}", "S_list of m.0.w whose values or their sum")]
    [InlineData("{\"m.0.w\": {\"S_list\": [2, -1]}}", "S_list of m.0.w with a negative")]
    [InlineData("{\"m.0.w\": {\"S_list\": [2, 1], \"S_sum\": 4}}", "contradicts S_sum")]
    [InlineData("{\"m.0.w\": {\"S_max\": 3, \"S_list\": [2, 1]}}", "contradicts S_max")]
    [InlineData("{\"m.0.w\": {\"S_list\": [2, 1], \"S_list\": [2, 1]}}", "S_list of m.0.w twice")]
    [InlineData("{\"m.0.w\": {\"S_list\": []}}", "S_list of m.0.w without values")]
    [InlineData("{\"loss\": 1, \"loss\": 2}", "\"loss\" twice, with different values")]
    [InlineData("{\"index\": 1, \"index\": 2}", "\"index\" twice, with different values")]
    [InlineData("{\"step\": 1, \"step\": 2}", "\"step\" twice, with different values")]
    [InlineData("{\"instruction\": \"a\", \"instruction\": \"b\"}", "\"instruction\" twice, with different values")]
    [InlineData("{\"output\": \"a\", \"output\": \"\"}", "\"output\" twice, with different values")]
    [InlineData("{\"tokens\": {\"total\": 5}, \"tokens\": {\"total\": 6}}", "\"tokens.total\" twice, with different values")]
    [InlineData("{\"instruction\": \"a\", \"output\": \"b\", \"loss\": 1, \"tokens\": {\"total\": 2, \"response\": 5}, \"m.0.w\": {\"S_sum\": 1}}", "more \"tokens.response\" than \"tokens.total\"")]
    [InlineData("{\"instruction\": \"a\0\"}", "is not JSON: the control character U+0000 cannot stand here")]
    [InlineData("{\"instruction\": \"a\", \"output", "is not JSON: it ends too early")]
    [InlineData("{\"m.01.w\": {\"S_sum\": 1}}", "layer begins with 0")]
    [InlineData("{\"m.0.w\": {\"S_sum\": -1}}", "S_sum of m.0.w that is negative")]
    [InlineData("{\"m.100001.w\": {\"S_sum\": 1}}", "layer is beyond 100000")]
    [InlineData("{\"m.99999999999.w\": {\"S_sum\": 1}}", "layer is beyond 100000")]
    public void A_line_that_is_no_example_is_refused(string line, string reason)
    {
        using var reader = new RunReader(Write(line));
        Should.Throw<InputException>(() => reader.Read()).Message.ShouldContain(reason);
    }

    [Fact]
    public void What_stands_twice_and_says_the_same_is_read()
    {
        using var reader = new RunReader(Write(Line("a", "\"S_sum\": 1, \"S_sum\": 1").Replace("\"loss\":", "\"loss\": 1, \"instruction\": \"a\", \"loss\":", StringComparison.Ordinal)));
        reader.Read().ShouldBeTrue();
        reader.Current[0, Statistic.SingularSum].ShouldBe(1);
    }

    [Fact]
    public void A_weight_in_the_place_of_another_and_lists_of_other_lengths_are_refused()
    {
        var two = Line("a", "\"S_sum\": 1")[..^1] + ", \"m.1.w\": {\"S_sum\": 1}}";
        Refusal(two, two.Replace("m.1.w", Query, StringComparison.Ordinal)).ShouldContain($"{Query} twice");
        Refusal(Line("a", "\"S_list\": [2, 1]"), Line("b", "\"S_list\": [2, 1, 1]")).ShouldContain("with 3 values where lines before it have 2");
        Refusal(Line("a", "\"S_list\": null"), Line("b", "\"S_list\": [2, 1]"), Line("c", "\"S_list\": [2]")).ShouldContain(":3:1: has an S_list");
    }

    private string Refusal(params string[] lines)
    {
        using var reader = new RunReader(Write(lines));
        return Should.Throw<InputException>(() =>
        {
            while (reader.Read())
            {
            }
        }).Message;
    }

    [Fact]
    public void Bad_lines_are_left_out_and_counted_where_that_is_asked_for()
    {
        var path = Write("{\"instruction\": \"a\", \"m.0.w\": {\"S_max\": 1}}", Line("a", "\"S_sum\": 1"), "{", Line("c", "\"S_sum\": 3"));
        using var reader = new RunReader(path, new RunReaderOptions { SkipBad = true });
        var indices = new List<int>();
        while (reader.Read())
            indices.Add(reader.Current.Index);
        indices.ShouldBe([1, 3]);
        reader.BadLines.Select(bad => (bad.Line, bad.Index)).ShouldBe([(1, 0), (3, 2)]);
        reader.Weights.Count.ShouldBe(1);
    }

    [Fact]
    public void Lines_of_different_weights_are_refused()
    {
        using var reader = new RunReader(Write(Line("a", "\"S_sum\": 1"), Line("a", "\"S_sum\": 1").Replace("q_proj", "k_proj", StringComparison.Ordinal)));
        reader.Read().ShouldBeTrue();
        Should.Throw<InputException>(() => reader.Read()).Message.ShouldContain("that the first line lacks");
    }

    [Fact]
    public void Reading_takes_no_more_memory_for_a_longer_file()
    {
        var line = Line("a long enough instruction", "\"S_sum\": 125250, \"frobenius_norm\": NaN, \"S_list\": [" + string.Join(", ", Enumerable.Range(1, 500)) + "]");
        var path = Write([.. Enumerable.Repeat(line, 4000)]);
        using var reader = new RunReader(path);
        for (var i = 0; i < 100; i++)
            reader.Read().ShouldBeTrue();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = 100;
        while (reader.Read())
            count++;
        count.ShouldBe(4000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1024 * 1024);
    }

    [SharedFact]
    public void The_files_of_the_original_and_of_its_successor_are_read()
    {
        using (var original = new RunReader(Shared.Path("reference", "smollm2", "aqua_train_no_cot.jsonl")))
        {
            var count = 0;
            while (original.Read())
                count++;
            (count, original.Weights.Count).ShouldBe((30, 120));
            original.Current[119, Statistic.SingularSum].ShouldBeGreaterThan(0);
        }

        using var successor = new RunReader(Shared.Path("reference", "tiny", "qwen2", "base.spectra.jsonl"), new RunReaderOptions { Spectra = true });
        successor.Read().ShouldBeTrue();
        successor.Current.Spectrum(0).Span[0].ShouldBe(successor.Current[0, Statistic.SingularMax]);
        successor.Current.ResponseTokens.ShouldBe(3);
    }

    private static string Line(string instruction, string statistics) =>
        $$"""{"instruction": "{{instruction}}", "output": "o", "loss": 1, "{{Query}}": { {{statistics}} } }""";

    private string Write(params string[] lines)
    {
        var path = Path.Combine(_folder, "run.jsonl");
        File.WriteAllLines(path, lines);
        return path;
    }
}
