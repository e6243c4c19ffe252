using System.Text.Json.Nodes;
using LayerGrad.Cli;
using LayerGrad.Compute.Cpu;
using LayerGrad.Examples;
using LayerGrad.Gradients;
using LayerGrad.Runs;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Gradients;

/// <summary><c>--statistics</c>: the numbers, what the file looks like with them and without, and what takes them.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class ChosenStatisticsTests : IDisposable
{
    private const string Weight = "model.layers.0.self_attn.q_proj.weight";
    private static readonly string[] s_keys = ["stable_rank", "condition_number", "participation_ratio", "nuclear_over_frobenius", "norm_over_weight_norm"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => ChosenStatisticsCheck.Families;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void They_are_those_of_the_gradient_that_is_formed(string family)
    {
        using var device = new CpuDevice<double>(2);
        var (compared, undefined) = ChosenStatisticsCheck.Run(device, family);
        compared.ShouldBeGreaterThan(20);
        undefined.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_a_gradient_of_zero_does_not_have_is_null()
    {
        var statistics = StatisticSelection.Parse("all");
        var zero = WeightStatistics.Of("w", GradientStatistics.Zero(3, 4) with { WeightNorm = 2 }, statistics, spectra: false, shares: null);
        var measurement = new Measurement(1, 5, 2, [zero]);
        measurement.Unwritable.ShouldBeNull();
        var line = JsonNode.Parse(MeasuredLine.Write(new Example(0, "i", "", "o"), measurement))!["w"]!;
        line["effective_rank"]!.GetValue<double>().ShouldBe(0);
        line["norm_over_weight_norm"]!.GetValue<double>().ShouldBe(0);
        foreach (var key in s_keys[..4])
        {
            line.AsObject().ContainsKey(key).ShouldBeTrue();
            line[key].ShouldBeNull();
        }
    }

    [SharedFact]
    public void A_run_has_those_that_were_named_and_is_otherwise_the_same_to_the_letter()
    {
        Measure("plain.jsonl").ShouldBe(CommandLine.Done);
        Measure("named.jsonl", "--statistics", "stable_rank,Norm_Over_Weight_Norm").ShouldBe(CommandLine.Done);
        var (plain, named) = (File.ReadAllLines(_folder.At("plain.jsonl")), File.ReadAllLines(_folder.At("named.jsonl")));
        plain.Length.ShouldBe(3);
        plain[0].ShouldNotContain("stable_rank");
        File.ReadAllText(_folder.At("plain.meta.json")).ShouldNotContain("\"statistics\"");
        for (var i = 0; i < plain.Length; i++)
        {
            var line = JsonNode.Parse(named[i])!.AsObject();
            line[Weight]!.AsObject().Select(member => member.Key).TakeLast(3).ShouldBe(["rank", "stable_rank", "norm_over_weight_norm"]);
            var (norm, largest) = (line[Weight]!["frobenius_norm"]!.GetValue<double>(), line[Weight]!["S_max"]!.GetValue<double>());
            line[Weight]!["stable_rank"]!.GetValue<double>().ShouldBe(norm * norm / (largest * largest), 1e-9 * norm * norm / (largest * largest));
            RegexOf(named[i]).ShouldBe(plain[i]);
        }

        // It goes on only with them, and every command takes them.
        var (status, _, error) = CommandLineRun.Of(Arguments("named.jsonl"));
        status.ShouldBe(CommandLine.WrongInput);
        error.ShouldContain("--statistics");
        CommandLineRun.Of("compare", _folder.At("named.jsonl"), "--metric", "stable_rank", "--bootstrap", "100").ShouldSatisfyAllConditions(result => result.Error.ShouldBe(""), result => result.Output.ShouldContain("stable rank"));
        CommandLineRun.Of("compare", _folder.At("plain.jsonl"), "--metric", "stable_rank", "--bootstrap", "100").Error.ShouldContain("has no stable_rank");
        CommandLineRun.Of("export", _folder.At("named.jsonl"), "--wide", "--out", _folder.At("t.csv")).Status.ShouldBe(CommandLine.Done);
        File.ReadLines(_folder.At("t.csv")).First().ShouldContain(",rank,stable_rank,norm_over_weight_norm,loss");
        CommandLineRun.Of("plot", _folder.At("named.jsonl"), "--metric", "norm_over_weight_norm", "--out", _folder.At("f.svg")).Status.ShouldBe(CommandLine.Done);
        CommandLineRun.Of("report", _folder.At("named.jsonl"), "--bootstrap", "100", "--out", _folder.At("r.html")).Status.ShouldBe(CommandLine.Done);
        File.ReadAllText(_folder.At("r.html")).ShouldContain("norm_over_weight_norm");
    }

    [SharedFact]
    public void A_file_with_singular_values_has_what_follows_from_them()
    {
        Measure("spectra.jsonl", "--spectra").ShouldBe(CommandLine.Done);
        Measure("all.jsonl", "--statistics", "all").ShouldBe(CommandLine.Done);
        using var spectra = new RunReader(_folder.At("spectra.jsonl"));
        using var all = new RunReader(_folder.At("all.jsonl"));
        while (all.Read())
        {
            spectra.Read().ShouldBeTrue();
            foreach (var statistic in (Statistic[])[Statistic.StableRank, Statistic.ParticipationRatio, Statistic.NuclearOverFrobenius])
                spectra.Current[1, statistic].ShouldBe(all.Current[1, statistic], 1e-12 * all.Current[1, statistic], statistic.Key);
            spectra.Has(Statistic.ConditionNumber).ShouldBeFalse();
            all.Current[1, Statistic.ConditionNumber].ShouldBeGreaterThan(1);
        }
    }

    [Theory]
    [InlineData("stable_ranks", "--statistics stable_ranks: no such statistic; there are stable_rank, condition_number")]
    [InlineData(",", "name at least one of stable_rank")]
    public void A_name_that_is_none_is_refused_before_anything_is_opened(string names, string message)
    {
        var (status, _, error) = CommandLineRun.Of("measure", "--model", "nowhere", "--data", "nowhere.json", "--out", _folder.At("x.jsonl"), "--statistics", names);
        status.ShouldBe(CommandLine.WrongInput);
        error.ShouldContain(message);
        error.TrimEnd().Split('\n').Length.ShouldBe(1);
    }

    private static string RegexOf(string line) => System.Text.RegularExpressions.Regex.Replace(line, ",\"(stable_rank|norm_over_weight_norm)\":[^,}]*", "");

    private int Measure(string run, params string[] more) => CommandLineRun.Of(Arguments(run, more)).Status;

    private string[] Arguments(string run, params string[] more) =>
        ["measure", "--model", Shared.Path("models", "tiny", "llama2"), "--data", Shared.Path("reference", "examples.json"), "--limit", "3", "--device", "cpu", "--quiet", "--out", _folder.At(run), .. more];
}
