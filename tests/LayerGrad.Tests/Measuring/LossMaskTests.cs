using System.Text.Json.Nodes;
using LayerGrad.Analysis;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Models;
using LayerGrad.Reports;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>Runs under <c>--turns</c> and <c>--mask-thinking</c>, on the demonstration model.</summary>
public sealed class LossMaskTests : IDisposable
{
    private static readonly string s_model = Path.Combine(Shared.Repository, "demo", "model");

    private readonly TemporaryFolder _folder = new();
    private readonly string _data;

    public LossMaskTests() => _data = _folder.Write(
        "data.jsonl",
        """
        {"messages": [{"role": "user", "content": "2, 4, 6: what comes?"}, {"role": "assistant", "content": "8"}, {"role": "user", "content": "and then?"}, {"role": "assistant", "content": "<think>8 + 2 = 10</think>The answer is 10."}]}
        {"instruction": "5, 7, 9: what comes?", "output": "<think>\n9 + 2 = 11\n</think>\n\n11"}
        {"instruction": "5, 7, 9: what comes?", "output": "11"}
        """ + "\n");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a <think>b</think> c", 0, "<think>b</think>")]
    [InlineData("b</think> c", 0, "b</think>")]
    [InlineData("q<think>\nb</think> c", 9, "b</think>")]
    [InlineData("q<think>\nb c", 9, "b c")]
    [InlineData("<think>a</think>b<think>c", 0, "<think>a</think>|<think>c")]
    [InlineData("<think></think>", 0, "<think></think>")]
    [InlineData("<think>a<think>b</think>c</think>d", 0, "<think>a<think>b</think>")]
    [InlineData("<think>q</think>a", 16, "")]
    [InlineData("no thought", 0, "")]
    public void Thinking_goes_from_its_tag_to_the_closing_one(string text, int start, string expected) =>
        string.Join('|', ThinkingText.Spans(text, start, text.Length).Select(span => text[span.Start..span.End])).ShouldBe(expected);

    [Theory]
    [InlineData("last", "keep", 3)]
    [InlineData("last", "only", 2)]
    [InlineData("last", "drop", 3)]
    [InlineData("all", "keep", 3)]
    [InlineData("all", "only", 2)]
    [InlineData("all", "drop", 3)]
    public void The_loss_is_the_mean_over_the_tokens_that_count_by_hand_from_log_probabilities(string turns, string thinking, int measured)
    {
        var options = Options($"{turns}-{thinking}.jsonl", turns, thinking);
        var summary = MeasureRun.Execute(options);
        summary.Measured.ShouldBe(measured);
        using var model = ModelLoader.Open(s_model);
        var encoder = ExampleEncoder.ForModel(model, options.Measurement);
        var examples = LayerGrad.Examples.Dataset.Load(_data).Select(encoder.Encode).ToList();
        foreach (var line in File.ReadLines(options.Out).Select(line => JsonNode.Parse(line)!))
        {
            var tokens = examples[line["index"]!.GetValue<int>()].Tokens.ShouldNotBeNull();
            int[] counted = [.. tokens.CountedPositions];
            var losses = LogProbabilities(model, tokens.Ids, counted).Select(static log => -log).ToList();
            line["loss"]!.GetValue<double>().ShouldBe(losses.Average(), 1e-9 * losses.Average());
            line["tokens"]!["response"]!.GetValue<int>().ShouldBe(counted.Length);
            (line["tokens"]!["thinking"]?.GetValue<int>() ?? 0).ShouldBe(tokens.CountedThinking);
        }

        if (measured == 2)
            File.ReadAllText(_folder.At($"{turns}-{thinking}.skipped.jsonl")).ShouldContain("--mask-thinking only counts nothing else");
    }

    [Fact]
    public void Thinking_and_answer_weigh_as_their_tokens_in_the_loss_of_both()
    {
        var (keep, only, drop) = (Losses("last", "keep"), Losses("last", "only"), Losses("last", "drop"));
        foreach (var (index, both) in keep.Where(line => only.ContainsKey(line.Key)))
        {
            both.Tokens.ShouldBe(only[index].Tokens + drop[index].Tokens);
            (both.Loss * both.Tokens).ShouldBe((only[index].Loss * only[index].Tokens) + (drop[index].Loss * drop[index].Tokens), 1e-9 * both.Tokens);
        }

        keep[2].ShouldBe(drop[2]); // There is no thinking to leave out.
        Losses("all", "keep")[0].Tokens.ShouldBeGreaterThan(keep[0].Tokens);
        Losses("all", "keep")[1].ShouldBe(keep[1]);
    }

    [Fact]
    public void A_run_goes_on_under_its_masks_alone_and_an_older_one_under_none()
    {
        MeasureRun.Execute(Options("run.jsonl", "last", "keep"));
        var metadata = File.ReadAllText(_folder.At("run.meta.json"));
        metadata.ShouldNotContain("mask_thinking");
        metadata.ShouldNotContain("\"turns\"");
        Refusal("run.jsonl", "all", "keep").ShouldContain("--turns was last and is now all");
        Refusal("run.jsonl", "last", "drop").ShouldContain("--mask-thinking was keep and is now drop");

        MeasureRun.Execute(Options("masked.jsonl", "all", "only"));
        JsonNode.Parse(File.ReadAllText(_folder.At("masked.meta.json")))!["options"]!["turns"]!.GetValue<string>().ShouldBe("all");
        JsonNode.Parse(File.ReadAllText(_folder.At("masked.meta.json")))!["options"]!["mask_thinking"]!.GetValue<string>().ShouldBe("only");
        MeasureRun.Execute(Options("masked.jsonl", "all", "only")).NothingToDo.ShouldBeTrue();
        Refusal("masked.jsonl", "last", "only").ShouldContain("--turns was all and is now last");
        _folder.Write("broken.meta.json", File.ReadAllText(_folder.At("masked.meta.json")).Replace("\"only\"", "\"never\"", StringComparison.Ordinal));
        Refusal("broken.jsonl", "all", "only").ShouldContain("options.mask_thinking must be keep or only or drop");

        var comparison = Comparison.Create(new ComparisonOptions { Runs = [_folder.At("run.jsonl"), _folder.At("masked.jsonl")], Bootstrap = 100 });
        foreach (var set in comparison.Sets)
            set.ThinkingTokens.ShouldNotBeNull().Value.ShouldBe(File.ReadLines(set.Path).Average(line => JsonNode.Parse(line)!["tokens"]!["thinking"]?.GetValue<int>() ?? 0), 1e-12);
        var notes = comparison.Notes;
        notes.ShouldContain(note => note.Contains("different turns: last (run); all (masked)", StringComparison.Ordinal));
        notes.ShouldContain(note => note.Contains("different mask_thinking: keep (run); only (masked)", StringComparison.Ordinal));
    }

    [Fact]
    public void Each_token_s_part_stands_in_the_tokens_file_and_in_the_report()
    {
        var options = Options("parts.jsonl", "all", "drop");
        MeasureRun.Execute(options with { Measurement = options.Measurement with { Tokens = true } });
        var lines = File.ReadLines(_folder.At("parts.tokens.jsonl")).Select(line => JsonNode.Parse(line)!).ToList();
        lines.Count.ShouldBe(3);
        lines.ConvertAll(ByPart).ShouldBe(["prompt,answer,prompt,thinking,answer", "prompt,thinking,answer", "prompt,answer"]);
        lines[0]["counted"]!.AsArray().Count.ShouldBe(lines[0]["part"]!.AsArray().Count(part => part!.GetValue<string>() == "answer"));
        lines[2].AsObject().ContainsKey("counted").ShouldBeFalse();

        var page = _folder.At("report.html");
        Report.Write(new ReportRequest { Runs = [options.Out], Bootstrap = 100 }, page);
        var parts = string.Concat(lines[1]["part"]!.AsArray().Select(part => part!.GetValue<string>()[0]));
        File.ReadAllText(page).ShouldContain($"\"parts\":\"{parts}\"");
    }

    [Fact]
    public void A_report_without_examples_holds_no_text_of_the_data()
    {
        var options = Options("texts.jsonl", "last", "keep");
        MeasureRun.Execute(options with { Measurement = options.Measurement with { Tokens = true } });
        var (without, with) = (_folder.At("without.html"), _folder.At("with.html"));
        Layergrad.Run("report", options.Out, "--bootstrap", "100", "--examples", "0", "--token-examples", "0", "--out", without).Status.ShouldBe(0);
        Layergrad.Run("report", options.Out, "--bootstrap", "100", "--out", with).Status.ShouldBe(0);
        string[] texts = ["what comes?", "and then?", "The answer is 10.", "8 + 2 = 10", "9 + 2 = 11"];
        var (nothing, everything) = (PageText.Of(without), PageText.Of(with));
        foreach (var text in texts)
        {
            everything.ShouldContain(text); // What is looked for would be found.
            nothing.ShouldNotContain(text);
        }

        Layergrad.Run("report", options.Out, "--examples", "-1", "--out", without).Status.ShouldBe(2);
    }

    /// <summary>The parts of a line's tokens, in their order, each once.</summary>
    private static string ByPart(JsonNode line)
    {
        var parts = new List<string>();
        foreach (var part in line["part"]!.AsArray().Select(part => part!.GetValue<string>()))
        {
            if (parts.Count == 0 || parts[^1] != part)
                parts.Add(part);
        }

        return string.Join(',', parts);
    }

    private MeasureRunOptions Options(string name, string turns, string thinking) => new()
    {
        Model = s_model,
        Data = _data,
        Out = _folder.At(name),
        Memory = 1L << 30,
        Measurement = new() { Turns = LossMasks.ParseTurns(turns), Thinking = LossMasks.ParseThinking(thinking), Precision = Precision.Float64 },
    };

    private string Refusal(string name, string turns, string thinking) => Should.Throw<InputException>(() => MeasureRun.Execute(Options(name, turns, thinking))).Message;

    private Dictionary<int, (double Loss, int Tokens)> Losses(string turns, string thinking)
    {
        var options = Options($"losses-{turns}-{thinking}.jsonl", turns, thinking);
        MeasureRun.Execute(options);
        return File.ReadLines(options.Out).Select(line => JsonNode.Parse(line)!)
            .ToDictionary(line => line["index"]!.GetValue<int>(), line => (line["loss"]!.GetValue<double>(), line["tokens"]!["response"]!.GetValue<int>()));
    }

    /// <summary>The logarithm of the probability of each of some tokens, each from the logits behind the tokens before it alone.</summary>
    private static List<double> LogProbabilities(LoadedModel model, int[] ids, int[] positions)
    {
        using var device = DeviceFactory.Create<double>(new DeviceOptions("cpu", 1));
        using var decoder = new Decoder<double>(device, model.Specification, new WeightStore<double>(device, model.Specification, model.Parameters<double>(), model.Specification.Layers.Count, true), 0);
        var found = new List<double>();
        foreach (var position in positions)
        {
            var logits = decoder.LastLogits([ids[..position]]);
            var largest = logits.Max();
            found.Add(logits[ids[position]] - largest - Math.Log(logits.Sum(logit => Math.Exp(logit - largest))));
        }

        return found;
    }
}
