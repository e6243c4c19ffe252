using System.Text.Json;
using System.Text;
using LayerGrad.Compute;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs;
using LayerGrad.Tests.Measuring;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

public sealed class RunFileTests : IDisposable
{
    private readonly RunBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_run_writes_a_line_an_example_in_the_order_of_the_dataset()
    {
        var summary = _bench.Run(_bench.Options());

        var lines = Lines("run.jsonl");
        lines.Select(line => line.GetProperty("index").GetInt32()).ShouldBe(
            _bench.Examples.Where(example => example.Output is not ("" or "diverges")).Select(example => example.Index));
        foreach (var line in lines)
        {
            var example = _bench.Examples[line.GetProperty("index").GetInt32()];
            line.GetProperty("instruction").GetString().ShouldBe(example.InstructionWithInput);
            line.GetProperty("output").GetString().ShouldBe(example.Output);
        }

        summary.Measured.ShouldBe(lines.Count);
        summary.MeanLoss.ShouldBe(lines.Average(line => line.GetProperty("loss").GetDouble()), 1e-15);
    }

    [Fact]
    public void The_keys_of_a_line_stand_in_the_order_of_the_original_with_ours_between()
    {
        _bench.Run((_bench.Options() with { Limit = 1 }).Measuring(measurement => measurement with { Spectra = true }));

        var line = Lines("run.jsonl").ShouldHaveSingleItem();
        line.EnumerateObject().Select(key => key.Name).ShouldBe(["instruction", "output", "loss", "index", "tokens", .. FakeMeasurer.Measured.Select(weight => weight.Name)]);
        line.GetProperty(FakeMeasurer.Measured[0].Name).EnumerateObject().Select(key => key.Name)
            .ShouldBe(["M_mean", "M_max", "M_min", "frobenius_norm", "S_sum", "S_max", "S_min", "effective_rank", "rank", "S_list"]);
    }

    [Fact]
    public void Unicode_stands_as_it_is_and_numbers_read_back_exactly()
    {
        var example = new Example(0, "日本 🙂 \u2028 \u007f", "", "naïve \ud800 \u0001 \" \\");
        var loss = BitConverter.Int64BitsToDouble(0x3FB999999999999B);
        var weight = new WeightStatistics("w", [double.Epsilon, double.MaxValue, -1 / 3.0, 1e-310, 1, 5e-324, 0.1 + 0.2, 7, 3]);

        var text = Encoding.UTF8.GetString(MeasuredLine.Write(example, new Measurement(loss, 9, 3, [weight])));

        text.ShouldContain("日本 🙂 \u2028");
        text.ShouldEndWith("}\n");
        using var line = JsonDocument.Parse(text.Replace("\\ud800", "?", StringComparison.Ordinal));
        line.RootElement.GetProperty("output").GetString().ShouldBe("naïve ? \u0001 \" \\");
        line.RootElement.GetProperty("loss").GetDouble().ShouldBe(loss);
        line.RootElement.GetProperty("w").GetProperty("M_mean").GetDouble().ShouldBe(double.Epsilon);
        line.RootElement.GetProperty("w").GetProperty("M_max").GetDouble().ShouldBe(double.MaxValue);
        line.RootElement.GetProperty("w").GetProperty("S_min").GetDouble().ShouldBe(0.1 + 0.2);
    }

    [Fact]
    public void Examples_that_cannot_be_measured_are_written_with_their_reasons_and_counted()
    {
        var summary = _bench.Run(_bench.Options());

        var skipped = Lines("run.skipped.jsonl");
        skipped.Select(line => (line.GetProperty("index").GetInt32(), line.GetProperty("reason").GetString()!)).ShouldBe(
            _bench.Examples.Where(example => example.Output is "" or "diverges")
                .Select(example => (example.Index, example.Output.Length == 0 ? "the output is empty" : "the loss is not finite")));
        summary.Skipped.Sum(skip => skip.Count).ShouldBe(skipped.Count);
        (summary.Measured + skipped.Count).ShouldBe(_bench.Examples.Count);
    }

    [Fact]
    public void A_statistic_that_is_not_finite_is_a_reason_to_skip_and_never_a_number()
    {
        var weight = new WeightStatistics("w", [0, 1, -1, 1, double.PositiveInfinity, 1, 0, 1, 1]);

        new Measurement(1, 9, 3, [weight]).Unwritable.ShouldBe("the gradient of w is not finite");
        new Measurement(double.NaN, 9, 3, []).Unwritable.ShouldBe("the loss is not finite");
        new Measurement(1, 9, 3, [weight with { Values = [0, 1, -1, 1, 1, 1, 0, 1, 1] }]).Unwritable.ShouldBeNull();
    }

    [Fact]
    public void The_metadata_reads_back_as_it_was_written()
    {
        _bench.Run((_bench.Options() with { Shard = new Shard(1, 3) }).Measuring(measurement => measurement with { Chat = true, Date = new DateOnly(2024, 7, 26), Precision = Precision.Float64 }));

        var path = Path.Combine(_bench.Folder, "run.meta.json");
        var metadata = RunMetadata.Read(path);
        metadata.Measurement.Date.ShouldBe(new DateOnly(2024, 7, 26));
        metadata.Shard.ShouldBe(new Shard(1, 3));
        metadata.TokenBudget.ShouldBe(100);
        metadata.Weights.ShouldBe(FakeMeasurer.Measured);
        metadata.Devices.ShouldBe(["a fake device"]);
        RunMetadataJson.ToBytes(metadata).ShouldBe(File.ReadAllBytes(path));
    }

    [Fact]
    public void Shares_of_tokens_stand_in_a_file_of_their_own()
    {
        _bench.Run(_bench.Options().Measuring(measurement => measurement with { Tokens = true }));

        var lines = Lines("run.tokens.jsonl");
        lines.Select(line => line.GetProperty("index").GetInt32()).ShouldBe(Lines("run.jsonl").Select(line => line.GetProperty("index").GetInt32()));
        var first = lines[0];
        var count = first.GetProperty("ids").GetArrayLength();
        first.GetProperty("offsets").GetArrayLength().ShouldBe(count);
        foreach (var weight in first.GetProperty("share").EnumerateObject())
            weight.Value.GetArrayLength().ShouldBe(count);
    }

    /// <summary>
    /// What the original's <c>read_jsonl_to_json</c> and <c>parse_qkvo_all</c> (code_vis) do with a file: every line is
    /// parsed, and weights are looked up by name in each; other keys are never listed.
    /// </summary>
    [Fact]
    public void The_reading_code_of_the_original_reads_a_run()
    {
        _bench.Run(_bench.Options().Measuring(measurement => measurement with { Spectra = true }));

        foreach (var attribute in (string[])["S_sum", "S_ratio", "S_sum_regularized", "M_mean"])
        {
            foreach (var projection in (string[])["q", "k", "v", "o"])
            {
                var curves = File.ReadLines(Path.Combine(_bench.Folder, "run.jsonl")).Select(line => JsonDocument.Parse(line.Trim()).RootElement).Select(line =>
                {
                    var layer = line.GetProperty($"model.layers.0.self_attn.{projection}_proj.weight");
                    return attribute switch
                    {
                        "S_ratio" => layer.GetProperty("S_max").GetDouble() / layer.GetProperty("S_sum").GetDouble(),
                        "S_sum_regularized" => layer.GetProperty("S_sum").GetDouble() / line.GetProperty("loss").GetDouble(),
                        _ => layer.GetProperty(attribute).GetDouble(),
                    };
                }).ToList();
                curves.ShouldAllBe(value => double.IsFinite(value));
                curves.Count.ShouldBe(Lines("run.jsonl").Count);
            }
        }
    }

    private List<JsonElement> Lines(string file) =>
        [.. _bench.Text(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
