using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Data;
using LayerGrad.Data.Scoring;
using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;
using LayerGrad.Tests.Training;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Data;

/// <summary>Scores are losses of the same tokens that <c>measure</c> sees, and ratios of two such losses.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class ScoringTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData("llama2", "base.paper", true)]
    [InlineData("qwen2", "base.strict", false)]
    [InlineData("gemma2", "chat.paper", true)]
    public void The_loss_is_that_of_the_original_script_and_ifd_the_ratio_of_two_losses_measured_apart(string family, string reference, bool hasBos)
    {
        var options = Options(family) with
        {
            Measurement = new MeasurementSpecification
            {
                Precision = Precision.Float64,
                Chat = reference.StartsWith("chat", StringComparison.Ordinal),
                Protocol = reference.EndsWith("strict", StringComparison.Ordinal) ? Protocol.Strict : Protocol.Paper,
                Date = new DateOnly(2024, 7, 26),
            },
        };
        ScoreRun.Execute(new ScoreOptions { Measure = options with { Out = _folder.At("loss.jsonl") }, By = ScoreKind.Loss });
        ScoreRun.Execute(new ScoreOptions { Measure = options with { Out = _folder.At("ifd.jsonl") }, By = ScoreKind.InstructionFollowingDifficulty });

        var (losses, ifds) = (Lines("loss.jsonl"), Lines("ifd.jsonl"));
        var expected = File.ReadLines(Shared.Path("reference", "tiny", family, reference + ".jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble()).ToList();
        losses.Count.ShouldBe(expected.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Value(losses[i], "score").ShouldBe(expected[i], 1e-9 * expected[i]);
            Value(losses[i], "loss").ShouldBe(Value(losses[i], "score"));
            Value(ifds[i], "loss").ShouldBe(expected[i], 1e-9 * expected[i]);
        }

        using var checkpoint = Checkpoint.Open(options.Model);
        var encoder = new ExampleEncoder(Tokenizer.Load(options.Model), options.Measurement, ExampleEncoder.IsGemmaModel(family, options.Model));
        var examples = Dataset.Load(options.Data);
        for (var i = 0; i < ifds.Count; i++)
        {
            var tokens = encoder.Encode(examples[i]).Tokens!;
            var bos = encoder.Tokenizer.TokenToId(encoder.Tokenizer.BosToken ?? "");
            (tokens.Ids[0] == bos).ShouldBe(hasBos);
            var response = tokens.Ids[tokens.ResponseStart..];
            int[] alone = hasBos ? [tokens.Ids[0], .. response] : response;

            var unconditioned = ReferenceLosses.Of(checkpoint, new PackedBatch([(alone, 1)]))[0];

            Value(ifds[i], "loss_without_instruction").ShouldBe(unconditioned, 1e-10 * unconditioned);
            Value(ifds[i], "ifd").ShouldBe(expected[i] / unconditioned, 1e-9 * expected[i] / unconditioned);
            Value(ifds[i], "score").ShouldBe(Value(ifds[i], "ifd"));
            ifds[i].GetProperty("tokens").GetProperty("response").GetInt32().ShouldBe(response.Length);
        }
    }

    [SharedFact]
    public void The_loss_is_that_of_measure_in_float32_too()
    {
        var options = Options("llama2") with { Measurement = new MeasurementSpecification { Chat = true, Date = new DateOnly(2024, 7, 26) } };
        MeasureRun.Execute(options with { Out = _folder.At("run.jsonl") });
        ScoreRun.Execute(new ScoreOptions { Measure = options with { Out = _folder.At("scores.jsonl") } });

        foreach (var (scored, measured) in Lines("scores.jsonl").Zip(Lines("run.jsonl")))
            Value(scored, "loss").ShouldBe(Value(measured, "loss"), 1e-5 * Value(measured, "loss"));
    }

    [Fact]
    public void The_response_is_predicted_from_the_token_that_begins_a_text_or_its_first_token_from_nothing()
    {
        LossPair.WithoutInstruction(Tokens([1, 5, 6, 7, 8], 3), bos: 1)!.Value.ShouldSatisfyAllConditions(pair => pair.Ids.ShouldBe([1, 7, 8]), pair => pair.ResponseStart.ShouldBe(1));
        LossPair.WithoutInstruction(Tokens([4, 5, 6, 7, 8], 3), bos: 1)!.Value.Ids.ShouldBe([7, 8]);
        LossPair.WithoutInstruction(Tokens([4, 5, 6, 7, 8], 3), bos: null)!.Value.Ids.ShouldBe([7, 8]);
        LossPair.WithoutInstruction(Tokens([1, 5, 6, 7], 3), bos: 1)!.Value.Ids.ShouldBe([1, 7]);
        LossPair.WithoutInstruction(Tokens([4, 5, 6, 7], 3), bos: 1).ShouldBeNull();
        LossPair.WithoutInstruction(Tokens([4, 5, 6, 7, 8, 9], 2) with { Counted = [2, 5] }, bos: 1)!.Value.Counted.ShouldBe([3]);
        LossPair.WithoutInstruction(Tokens([1, 5, 6, 7, 8, 9], 2) with { Counted = [2, 5] }, bos: 1)!.Value.Counted.ShouldBe([1, 4]);
        LossPair.WithoutInstruction(Tokens([4, 5, 6, 7, 8, 9], 2) with { Counted = [2] }, bos: 1).ShouldBeNull();
    }

    [SharedFact]
    public void What_cannot_be_scored_has_its_reason()
    {
        var data = _folder.Write("data.json", """
            [{"instruction": "1 + 1 = ?", "output": "two things"}, {"instruction": "x", "output": ""}, {"instruction": "1 + 1 = ?", "output": "2"},
             {"instruction": "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z", "output": "b"}]
            """);
        var options = Options("qwen2") with { Data = data, Out = _folder.At("scores.jsonl"), Measurement = new MeasurementSpecification { MaxLength = 40 } };

        var summary = ScoreRun.Execute(new ScoreOptions { Measure = options, By = ScoreKind.InstructionFollowingDifficulty });

        var lines = Lines("scores.jsonl");
        lines.Count.ShouldBe(4);
        lines[0].TryGetProperty("reason", out _).ShouldBeFalse();
        Reason(1).ShouldBe("the output is empty");
        Reason(2).ShouldStartWith("the response is a single token and the tokenizer begins no text with a BOS token");
        lines[2].GetProperty("loss").GetDouble().ShouldBeGreaterThan(0);
        lines[2].GetProperty("loss_without_instruction").ValueKind.ShouldBe(JsonValueKind.Null);
        Reason(3).ShouldContain("beyond the maximum length of 40 tokens");
        (summary.Scores.Count, summary.Unscored.Sum(entry => entry.Count)).ShouldBe((1, 3));
        Selection.Select(_folder.At("scores.jsonl"), "ifd", new SelectionRule.Top("100%"), null, null).ShouldSatisfyAllConditions(
            selected => selected.Total.ShouldBe(1), selected => selected.Unscored.ShouldBe(3));
        Selection.Select(_folder.At("scores.jsonl"), "loss", new SelectionRule.Top("100%"), null, null).Total.ShouldBe(2);

        string Reason(int line)
        {
            lines[line].GetProperty("ifd").ValueKind.ShouldBe(JsonValueKind.Null);
            lines[line].GetProperty("score").ValueKind.ShouldBe(JsonValueKind.Null);
            return lines[line].GetProperty("reason").GetString()!;
        }
    }

    [Fact]
    public void A_dataset_is_scored_and_halved_on_the_command_line()
    {
        using var tiny = new TinyModel();
        LayerGrad.Training.TrainingRun.Execute(tiny.Options("trained") with { Steps = 2, Probes = [] });
        var data = tiny.Data("train_simplified");
        var scores = _folder.At("scores.jsonl");

        Command("data", "score", "--by", "ifd", "--model", tiny.At("trained"), "--data", data, "--limit", "30", "--out", scores, "--threads", "1").Output.ShouldContain("30 examples scored");
        Command("data", "select", scores, "--by", "ifd", "--top", "50%", "--out", _folder.At("high.json")).Output.ShouldContain("15 of 30 examples, ifd from");
        Command("data", "select", scores, "--by", "ifd", "--bottom", "50%", "--out", _folder.At("low.json"));

        var (high, low) = (Dataset.Load(_folder.At("high.json")), Dataset.Load(_folder.At("low.json")));
        high.Concat(low).Select(example => example.InstructionWithInput).Order(StringComparer.Ordinal)
            .ShouldBe(Dataset.Load(data).Take(30).Select(example => example.InstructionWithInput).Order(StringComparer.Ordinal));
        var score = Lines("scores.jsonl").ToLookup(line => line.GetProperty("instruction").GetString()!, line => Value(line, "ifd"));
        high.Min(example => score[example.Instruction].Max()).ShouldBeGreaterThanOrEqualTo(low.Max(example => score[example.Instruction].Min()));
        JsonDocument.Parse(File.ReadAllText(_folder.At("scores.score.json"))).RootElement.ShouldSatisfyAllConditions(
            root => root.GetProperty("by").GetString().ShouldBe("ifd"), root => root.GetProperty("data").GetProperty("end").GetInt32().ShouldBe(30));
        CommandLineRun.Of("data", "select", scores, "--by", "S_sum", "--top", "1", "--out", _folder.At("x.json")).Error.ShouldContain("which has score, loss, ifd");
        CommandLineRun.Of("data", "select", scores, "--by", "ifd", "--layers", "0", "--top", "1", "--out", _folder.At("x.json")).Error.ShouldContain("leave --layers and --proj out");
        CommandLineRun.Of("data", "score", "--by", "loss", "--model", tiny.At("trained"), "--data", data, "--out", data).Error.ShouldContain("would write over what it reads");
        CommandLineRun.Of("data", "score", "--by", "beauty", "--model", tiny.At("trained"), "--data", data, "--out", scores).Error.ShouldContain("--by beauty: there are loss and ifd.");
    }

    private static MeasureRunOptions Options(string family) => new()
    {
        Model = Shared.Path("models", "tiny", family),
        Data = Shared.Path("reference", "examples.json"),
        Out = "",
        Threads = 1,
    };

    private static TokenizedExample Tokens(int[] ids, int responseStart) => new(new Example(0, "", "", ""), ids, new TokenOffset[ids.Length], "", responseStart, false);

    private static double Value(JsonElement line, string key) => line.GetProperty(key).GetDouble();

    private List<JsonElement> Lines(string name) => [.. File.ReadLines(_folder.At(name)).Select(line => JsonDocument.Parse(line).RootElement)];

    private static (int Status, string Output, string Error) Command(params string[] arguments)
    {
        var result = CommandLineRun.Of(arguments);
        result.Status.ShouldBe(0, result.Error);
        return result;
    }
}
