using System.Text.Json.Nodes;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>Examples that come as token ids are measured as they are.</summary>
public sealed class TokenIdTests : IDisposable
{
    private static readonly string s_model = Shared.Path("models", "tiny", "llama2");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void Ids_with_the_response_s_labels_give_the_numbers_of_the_text()
    {
        var texts = new MeasureRunOptions { Model = s_model, Data = FirstTexts(3), Out = _folder.At("texts.jsonl"), Memory = 1L << 30 };
        var ids = texts with { Data = Ids(Encoded(texts)), Out = _folder.At("ids.jsonl") };
        MeasureRun.Execute(texts);
        MeasureRun.Execute(ids).Measured.ShouldBe(3);
        foreach (var (text, id) in File.ReadLines(texts.Out).Zip(File.ReadLines(ids.Out)))
            Without(id, "instruction", "output").ShouldBe(Without(text, "instruction", "output"));
        JsonNode.Parse(File.ReadLines(ids.Out).First())!["output"]!.GetValue<string>().ShouldContain("(D)");
        File.ReadAllText(_folder.At("ids.meta.json")).ShouldContain("\"form\": \"token ids, JSON Lines\"");
    }

    [SharedFact]
    public void Labels_need_not_stand_together()
    {
        const string Ids = "[1, 20, 30, 40, 50, 60, 70, 80]";
        var (both, second, fifth) = (Measure(Ids, 2, 5), Measure(Ids, 2), Measure(Ids, 5));
        both.ResponseTokens.ShouldBe(2);
        both.Tokens.ShouldBe(8);
        both.Loss.ShouldBe((second.Loss + fifth.Loss) / 2, 1e-9);

        // The gradient is the mean of both, so its mean element is too.
        foreach (var (i, weight) in both.Weights.Index())
            weight[Statistic.Mean].ShouldBe((second.Weights[i][Statistic.Mean] + fifth.Weights[i][Statistic.Mean]) / 2, 1e-12);
    }

    [SharedFact]
    public void What_cannot_be_measured_is_refused_by_its_record()
    {
        Should.Throw<InputException>(() => Run("""{"input_ids": [1, 999999], "labels": [-100, 999999]}""", new())).Message.ShouldContain("record 0 (0-based): input_ids has 999999");
        Should.Throw<InputException>(() => Run("""{"input_ids": [1, 2], "labels": [-100, 2]}""", new() { Chat = true })).Message.ShouldContain("record 0 (0-based): is token ids, which are measured as they are; leave --chat out");
    }

    [SharedFact]
    public void A_run_of_an_older_version_goes_on_with_the_same_file_and_no_other()
    {
        var data = _folder.Write("data.jsonl", """{"instruction": "one", "output": "two"}""" + "\n" + """{"instruction": "three", "output": "four"}""" + "\n");
        var options = new MeasureRunOptions { Model = s_model, Data = data, Out = _folder.At("run.jsonl"), Memory = 1L << 30 };
        MeasureRun.Execute(options);
        var whole = File.ReadAllBytes(options.Out);
        var metadata = JsonNode.Parse(File.ReadAllText(_folder.At("run.meta.json")))!.AsObject();
        metadata["data"]!["hash"] = FileIdentity.Of(data);
        metadata["data"]!.AsObject().Remove("form");
        metadata.Remove("results");
        File.WriteAllText(_folder.At("run.meta.json"), metadata.ToJsonString());
        File.WriteAllBytes(options.Out, whole[..(whole.AsSpan().IndexOf((byte)'\n') + 1)]);

        MeasureRun.Execute(options).MeasuredNow.ShouldBe(1);
        File.ReadAllBytes(options.Out).ShouldBe(whole);
        File.AppendAllText(data, "\n");
        Should.Throw<InputException>(() => MeasureRun.Execute(options)).Message.ShouldContain("--data was sha256:");
    }

    /// <summary>A dataset of some examples alone: what is packed with an example decides its last bits.</summary>
    private string FirstTexts(int count)
    {
        var all = JsonNode.Parse(File.ReadAllText(Shared.Path("data-forms", "plain.json")))!.AsArray();
        return _folder.Write("texts.json", new JsonArray([.. all.Take(count).Select(static example => example!.DeepClone())]).ToJsonString());
    }

    private static List<TokenizedExample> Encoded(MeasureRunOptions options)
    {
        using var model = ModelLoader.Open(s_model);
        var encoder = ExampleEncoder.ForModel(model, options.Measurement);
        return [.. Dataset.Load(options.Data).Select(example => encoder.Encode(example).Tokens!)];
    }

    private string Ids(IEnumerable<TokenizedExample> examples) => _folder.Write("ids.jsonl.data", string.Join('\n', examples.Select(static example =>
        $$"""{"input_ids": [{{string.Join(", ", example.Ids)}}], "labels": [{{string.Join(", ", example.Ids.Select((id, i) => i < example.ResponseStart ? -100 : id))}}]}""")));

    private static string Without(string line, params string[] keys)
    {
        var root = JsonNode.Parse(line)!.AsObject();
        foreach (var key in keys)
            root.Remove(key);
        return root.ToJsonString();
    }

    private Measurement Measure(string ids, params int[] counted)
    {
        var numbers = JsonNode.Parse(ids)!.AsArray();
        var labels = string.Join(", ", numbers.Select((id, i) => counted.Contains(i) ? id!.ToString() : "-100"));
        var options = new MeasureRunOptions
        {
            Model = s_model,
            Data = _folder.Write("masked.jsonl", $$"""{"input_ids": {{ids}}, "labels": [{{labels}}]}"""),
            Out = _folder.At("masked-run.jsonl"),
            Measurement = new() { Precision = Precision.Float64 },
            Memory = 1L << 30,
        };
        using var inputs = MeasureInputs.Open(options);
        using var measurer = Measurers.Create(inputs.Model, options, null);
        return measurer.Measure([.. inputs.Examples.Select(inputs.CreateEncoder(new DateOnly(2024, 7, 26))).Select(static example => example.Tokens!)], CancellationToken.None).ShouldHaveSingleItem();
    }

    private void Run(string record, MeasurementSpecification measurement) => MeasureRun.Execute(new MeasureRunOptions
    {
        Model = s_model,
        Data = _folder.Write("refused.jsonl", record),
        Out = _folder.At("refused-run.jsonl"),
        Measurement = measurement,
    });
}
