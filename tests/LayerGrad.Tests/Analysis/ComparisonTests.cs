using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using LayerGrad.Analysis;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Analysis;

public sealed class ComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Claims_hold_where_the_runs_bear_them_out_and_do_not_where_they_say_the_opposite()
    {
        string[] runs = [Noisy("none", 9), Noisy("simplified", 3), Noisy("detailed", 1)];
        var found = Compare(runs, "None,Simplified,Detailed").Findings;
        Verdicts(found, "mad-order").ShouldBe([Verdict.Holds, Verdict.Holds]);
        Verdicts(found, "level-order").ShouldBe([Verdict.Holds, Verdict.Holds]);
        found.First(finding => finding.Id == "level-order").Number.Value.ShouldBe(3, 0.1);
        Verdicts(found, "early-largest").ShouldBe([Verdict.DoesNotHold, Verdict.DoesNotHold]);
        var reversed = Compare(runs, "Detailed,Simplified,None").Findings;
        Verdicts(reversed, "mad-order").ShouldBe([Verdict.DoesNotHold, Verdict.DoesNotHold]);
        Compare([Noisy("one", 9), Noisy("another", 3)], "A,B").Findings.ShouldBeEmpty();
    }

    [Fact]
    public void A_claim_is_not_decided_on_too_few_examples()
    {
        string[] runs = [Noisy("none", 9, examples: 6), Noisy("detailed", 1, examples: 6)];
        var result = Compare(runs, "None,Detailed");
        Verdicts(result.Findings, "mad-order").ShouldBe([Verdict.Undecided]);
        result.Notes.ShouldContain(note => note.Contains("too few", StringComparison.Ordinal));
    }

    [Fact]
    public void Irrelevant_answers_are_told_apart_with_detailed_and_not_with_none()
    {
        var result = Comparison.Create(new ComparisonOptions
        {
            Runs = [Noisy("none", 2), Noisy("detailed", 1)],
            Against = [Noisy("none_wrong", 2, output: "w"), Noisy("detailed_wrong", 1.6, output: "w", identical: 5)],
            Labels = ["None", "Detailed"],
            Bootstrap = 200,
        });
        result.Sets.Select(set => set.Label).ShouldBe(["None", "Detailed", "None, irrelevant", "Detailed, irrelevant"]);
        var detailed = result.Separations.Single(one => one.Set == "Detailed");
        (detailed.Pairs, detailed.IdenticalOutputs).ShouldBe((35, 5));
        detailed.Honest.Low.ShouldBeGreaterThan(0.9);
        detailed.Best.Area.Value.ShouldBeGreaterThan(0.95);
        result.Findings.Single(finding => finding.Id == "irrelevant-told-apart").Verdict.ShouldBe(Verdict.Holds);
        result.Findings.Single(finding => finding.Id == "irrelevant-detailed-better").Verdict.ShouldBe(Verdict.Holds);
        result.Notes.ShouldContain(note => note.Contains("5 of 40", StringComparison.Ordinal));
        var apart = result.RelativeDifferences.Where(one => one.Set == "Detailed").ToArray();
        apart.ShouldAllBe(one => one.Difference.Value > one.Chance);
    }

    [Fact]
    public void A_run_against_itself_differs_by_nothing_and_is_taken_for_another_model()
    {
        var run = Noisy("none", 2);
        var result = Comparison.Create(new ComparisonOptions { Runs = [run], Against = [run], Bootstrap = 100 });
        result.RelativeDifferences.ShouldAllBe(one => one.Difference.Value == 0 && one.Difference.High == 0);
        result.Separations.ShouldBeEmpty();
        result.Sets[1].Role.Irrelevant.ShouldBeFalse();
    }

    [Fact]
    public void A_difference_that_is_length_alone_is_called_so()
    {
        string[] runs =
        [
            LengthRun("short", example => 20 + example), LengthRun("long", example => 40 + example),
        ];
        var result = Compare(runs, "Short,Long");
        var all = result.Lengths.Single(one => one.Projection == "all");
        all.Raw.Low.ShouldBeGreaterThan(1);
        all.Regression.Low.ShouldBeLessThanOrEqualTo(1.0001);
        all.Matched.Value.ShouldBe(1, 0.05);
        all.Warning.ShouldNotBeNull();
        ComparisonMarkdown.Remarks(result).ShouldContain(remark => remark.StartsWith("Warning: Short and Long", StringComparison.Ordinal));
    }

    [Fact]
    public void Length_control_is_left_out_with_its_reason_where_token_counts_are_missing()
    {
        var result = Compare([Noisy("a", 1), Noisy("b", 2)], "A,B");
        result.Lengths.ShouldBeEmpty();
        result.Notes.ShouldContain(note => note.StartsWith("No length control for A, B", StringComparison.Ordinal));
    }

    [Fact]
    public void The_numbers_are_the_same_each_time()
    {
        ComparisonOptions options = new() { Runs = [Noisy("a", 1)], Against = [Noisy("b", 2, output: "w")], Bootstrap = 300, Seed = 4 };
        var first = ComparisonJson.Of(Comparison.Create(options));
        ComparisonJson.Of(Comparison.Create(options)).ShouldBe(first);
        ComparisonJson.Of(Comparison.Create(options with { Seed = 5 })).ShouldNotBe(first);
    }

    [Theory]
    [InlineData("runs/grads_aqua_train_no_cot.jsonl", ReasoningStyle.None, false, false)]
    [InlineData("cot_500_wrong_answer_shuffle/llama3_8b_it_new/grads_aqua_train_with_cot_gpt4o.jsonl", ReasoningStyle.Detailed, true, true)]
    [InlineData("runs/algebra_with_cot.jsonl", ReasoningStyle.Simplified, false, false)]
    [InlineData("runs/credit.jsonl", ReasoningStyle.Unknown, false, false)]
    internal void Roles_are_read_off_names(string path, ReasoningStyle style, bool irrelevant, bool instruct)
    {
        var role = SetRole.Of(null, path, null);
        (role.Style, role.Irrelevant, role.Instruct).ShouldBe((style, irrelevant, instruct));
    }

    [Fact]
    public void A_label_decides_over_metadata_and_metadata_over_the_file_name()
    {
        using var folder = new TemporaryFolder();
        folder.Write("x.meta.json", """{"model": {"path": "SmolLM2-Instruct"}, "data": {"path": "cot_500/x_with_cot.json"}, "options": {"chat": false}}""");
        var metadata = RunDescription.Of(folder.At("x.jsonl"));
        SetRole.Of(null, "runs/no_cot.jsonl", metadata).ShouldBe(new SetRole(ReasoningStyle.Simplified, Popularity.Unknown, DataQuality.Unknown, false, false));
        SetRole.Of("Detailed, chat", "runs/no_cot.jsonl", metadata).ShouldBe(new SetRole(ReasoningStyle.Detailed, Popularity.Unknown, DataQuality.Unknown, false, true));
        SetRole.Of("unpopular", "x_lowest_200.jsonl", null).ShouldBe(new SetRole(ReasoningStyle.Unknown, Popularity.Unpopular, DataQuality.Low, false, false));
    }

    [Fact]
    public void One_checkpoint_with_and_without_its_chat_template_is_one_model()
    {
        string[] runs = [Noisy("chatty", 9), Noisy("plain", 3)];
        Verdicts(Compare(runs, "None chat,None").Findings, "instruct-mad").ShouldBe([Verdict.Holds]);
        foreach (var (name, chat) in new[] { ("chatty", "true"), ("plain", "false") })
            _folder.Write(name + ".meta.json", $"{{\"model\": {{\"hash\": \"sha256:1\"}}, \"options\": {{\"chat\": {chat}}}}}");
        var result = Compare(runs, "None chat,None");
        Verdicts(result.Findings, "instruct-mad").ShouldBeEmpty();
        result.Notes.ShouldContain("Measured under different chat: true (None chat); false (None). Differences between them may come from that.");
    }

    [SharedFact]
    public void The_successors_files_are_compared_by_their_singular_values()
    {
        var spectra = File.ReadLines(Shared.Path("reference", "tiny", "qwen2", "base.spectra.jsonl")).ToArray();
        var ours = _folder.Write("ours.jsonl", string.Join('\n', spectra));
        // The successor writes S_list alone.
        var successors = _folder.Write("successors.jsonl", string.Join('\n', spectra.Select(line =>
        {
            var example = System.Text.Json.Nodes.JsonNode.Parse(line)!.AsObject();
            foreach (var weight in example.Where(pair => pair.Key.Contains('.', StringComparison.Ordinal)).Select(pair => pair.Value!.AsObject()))
            {
                foreach (var key in new[] { "S_sum", "S_max", "S_min", "effective_rank" })
                    weight.Remove(key);
            }

            return example.ToJsonString();
        })));
        var result = Comparison.Create(new ComparisonOptions { Runs = [ours, successors], Metrics = [Metric.NuclearNorm, Metric.EffectiveRank], Bootstrap = 100 });
        foreach (var metric in new[] { 0, 1 })
        {
            var (a, b) = (result.Sets[0].Metrics[metric].Projections, result.Sets[1].Metrics[metric].Projections);
            for (var projection = 0; projection < a.Count; projection++)
                b[projection].Curve.Select(point => point.Value).ShouldBe(a[projection].Curve.Select(point => point.Value), 1e-9);
        }
    }

    [Fact]
    public void Labels_are_the_file_names_without_what_they_share()
    {
        RunLabels.FromPaths(["r/aqua_no_cot.jsonl", "r/aqua_with_cot.jsonl"]).ShouldBe(["no_cot", "with_cot"]);
        RunLabels.FromPaths(["a/x.jsonl", "b/x.jsonl"]).ShouldBe(["a/x", "b/x"]);
        RunLabels.FromPaths(["a/x.jsonl", "a/x.jsonl"]).ShouldBe(["a/x (1)", "a/x (2)"]);
        RunLabels.FromPaths(["one.jsonl"]).ShouldBe(["one"]);
        RunLabels.FromPaths(["aqua.jsonl", "aqua_2.jsonl"]).ShouldBe(["aqua", "aqua_2"]);
    }

    [Fact]
    public void The_JSON_has_the_documented_keys()
    {
        var result = Comparison.Create(new ComparisonOptions
        {
            Runs = [Noisy("none", 3, tokens: true), Noisy("detailed", 1, tokens: true)],
            Against = [Noisy("w", 2, output: "w"), Noisy("v", 2, output: "w")],
            Labels = ["None", "Detailed"],
            Bootstrap = 100,
        });
        using var json = JsonDocument.Parse(ComparisonJson.Of(result));
        var set = json.RootElement.GetProperty("sets")[0];
        (set.GetProperty("label").GetString(), set.GetProperty("examples").GetInt32()).ShouldBe(("None", 40));
        var query = set.GetProperty("metrics").GetProperty("S_sum").GetProperty("Q");
        foreach (var key in new[] { "curve", "low", "high" })
            query.GetProperty(key).GetArrayLength().ShouldBe(8);
        query.GetProperty("MAD").EnumerateObject().Select(part => part.Name).ShouldBe(["early", "middle", "late", "all"]);
        var difference = json.RootElement.GetProperty("relative_difference")[1];
        (difference.GetProperty("set").GetString(), difference.GetProperty("against").GetString()).ShouldBe(("Detailed", "Detailed, irrelevant"));
        difference.GetProperty("metrics").GetProperty("S_sum").GetProperty("K").GetProperty("top5").GetArrayLength().ShouldBe(5);
        json.RootElement.GetProperty("separation")[0].GetProperty("metrics").GetProperty("S_sum").GetProperty("AUC").GetProperty("Q").GetProperty("value").GetArrayLength().ShouldBe(8);
        json.RootElement.GetProperty("length")[0].GetProperty("metrics").GetProperty("S_sum").GetProperty("all").GetProperty("raw").GetProperty("value").GetDouble().ShouldBe(3, 0.1);
        json.RootElement.GetProperty("findings").EnumerateArray().ShouldAllBe(finding => finding.GetProperty("verdict").GetString() != null);
    }

    [Fact]
    public void The_CSV_has_a_number_a_line()
    {
        var result = Compare([Noisy("a", 1)], "A, with a comma");
        using var csv = new CsvReader(new StringReader(ComparisonCsv.Of(result)), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        var curve = new List<double>();
        while (csv.Read())
        {
            csv.GetField("set").ShouldBe("A, with a comma");
            if (csv.GetField("quantity") == "mean" && csv.GetField("projection") == "Q")
                curve.Add(double.Parse(csv.GetField("value")!, CultureInfo.InvariantCulture));
        }

        curve.ShouldBe(result.Sets[0].Metrics[0].Projections[0].Curve.Select(point => point.Value));
    }

    [Fact]
    public void Markup_in_labels_is_shown_and_not_run()
    {
        var result = Compare([Noisy("a", 1)], "a_b|<b>{%}");
        ComparisonMarkdown.Of(result).ShouldContain(@"a\_b\|\<b>{%}");
        ComparisonLatex.Of(result).ShouldContain(@"a\_b$|$$<$b$>$\{\%\}");
        ComparisonLatex.Of(result).ShouldContain(@"\toprule");
    }

    [Fact]
    public void Numbers_have_three_significant_digits_and_columns_the_same_decimals()
    {
        NumberText.Of(0.0123456).ShouldBe("0.0123");
        NumberText.Of(1234.5).ShouldBe("1234");
        NumberText.Of(1.2345e-7).ShouldBe("1.23e-7");
        NumberText.Of(double.NaN).ShouldBe("–");
        NumberText.Of(new Estimate(3.14159, 3, 3.3)).ShouldBe("3.14 [3.00, 3.30]");
        NumberText.Column([0.123, 10.0]).ShouldBe(["0.12", "10.00"]);
        NumberText.Column([1e-7, 10.0]).ShouldBe(["1.00e-7", "10.0"]);
    }

    private static IEnumerable<Verdict> Verdicts(IEnumerable<Finding> findings, string id) => findings.Where(finding => finding.Id == id).Select(finding => finding.Verdict);

    private static ComparisonResult Compare(string[] runs, string labels) =>
        Comparison.Create(new ComparisonOptions { Runs = runs, Labels = runs.Length == 1 ? [labels] : labels.Split(','), Bootstrap = 200 });

    /// <summary>A run at a level, a little different for each example, larger in later layers.</summary>
    private string Noisy(string name, double level, string output = "o", int examples = 40, int identical = 0, bool tokens = false)
    {
        var random = new Random(name.Length);
        var noise = Enumerable.Range(0, examples).Select(_ => 1 + (0.1 * random.NextDouble())).ToArray();
        return new SyntheticRun
        {
            Examples = examples,
            Layers = 8,
            Sum = (example, projection, layer) => level * noise[example] * (1 + layer + projection + (0.2 * random.NextDouble())),
            Output = example => example < identical ? $"o {example}" : $"{output} {example}",
            ResponseTokens = tokens ? example => 10 + example : null,
        }.Write(_folder.At(name + ".jsonl"));
    }

    private string LengthRun(string name, Func<int, int> tokens)
    {
        var random = new Random(name.Length);
        return new SyntheticRun
        {
            Layers = 3,
            ResponseTokens = tokens,
            Sum = (example, _, _) => (1 + (0.02 * random.NextDouble())) / Math.Sqrt(tokens(example)),
        }.Write(_folder.At(name + ".jsonl"));
    }
}
