using System.Text.Json;
using LayerGrad.Cli;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Analysis;

[Collection(nameof(CommandLineRun))]
public sealed class CompareCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_line_that_is_not_JSON_is_named_and_left_out_on_request()
    {
        var run = Run("a");
        File.AppendAllText(run, "{\"instruction\": \n");
        Refused(["compare", run], $"{run}:41:", "is not JSON", "--skip-bad");
        var (status, output, _) = CommandLineRun.Of("compare", run, "--skip-bad", "--bootstrap", "100");
        status.ShouldBe(CommandLine.Done);
        output.ShouldContain("1 line of the file could not be read");
    }

    [Fact]
    public void Runs_of_different_depth_or_weights_are_refused()
    {
        Refused(["compare", Run("a"), Run("b", run => run with { Layers = 5 })], "has 5 layers where", "has 4");
        Refused(["compare", Run("a"), Run("b", run => run with { Projections = ["q_proj", "v_proj"] })], "Q, V where", "Q, K");
    }

    [Fact]
    public void Against_another_length_or_other_instructions_says_how_many_match()
    {
        var run = Run("a");
        Refused(["compare", run, "--against", Run("b", other => other with { Examples = 30 })], "30 match, of 40 and 30");
        Refused(["compare", run, "--against", Run("b", other => other with { Instruction = example => example < 4 ? $"question {example}" : "?" })], "4 match, of 40 and 40");
        Refused(["compare", run, run, run, "--against", run, run], "--against names 2 runs for 3");
    }

    [Fact]
    public void An_example_that_a_run_could_not_measure_is_no_mismatch()
    {
        var other = Run("b", run => run with { Missing = [5], Output = example => $"other {example}" });
        Refused(["compare", Run("a"), "--against", other], "39 match");
        _folder.Write("b.skipped.jsonl", "{\"index\": 5, \"reason\": \"empty output\"}\n");
        var (status, output, _) = CommandLineRun.Of("compare", Run("a"), "--against", other, "--bootstrap", "100");
        status.ShouldBe(CommandLine.Done);
        output.ShouldContain("1 example could not be measured");
    }

    [Fact]
    public void An_empty_run_and_one_of_NaN_alone_are_refused()
    {
        Refused(["compare", _folder.Write("empty.jsonl", "")], "empty.jsonl: is empty");
        var nan = _folder.Write("nan.jsonl", File.ReadAllText(Run("a")).Replace("\"S_sum\": 1,", "\"S_sum\": NaN,", StringComparison.Ordinal));
        File.WriteAllText(nan, string.Join('\n', File.ReadLines(Run("a")).Select(line => line.Replace("\"S_sum\": ", "\"S_sum\": NaN, \"was\": ", StringComparison.Ordinal))));
        Refused(["compare", nan], "S_sum of Q is NaN or infinite somewhere in every example");
    }

    [Fact]
    public void Labels_metrics_formats_and_numbers_that_do_not_go_are_refused()
    {
        var run = Run("a");
        Refused(["compare", run, run, "--labels", "A"], "--labels has 1 for 2 runs");
        Refused(["compare", run, run, "--labels", "A,A"], "'A' twice");
        Refused(["compare", run, "--metric", "S_som"], "no such metric", "S_sum");
        Refused(["compare", run, "--metric", "effective_rank"], "has no effective_rank; it has S_sum");
        Refused(["compare", run, "--format", "word"], "--format word", "markdown");
        Refused(["compare", run, "--bootstrap", "3"], "--bootstrap 3");
        Refused(["compare", run, "--seed", "-3"], "--seed -3");
        Refused(["compare", run, "--step", "4"], "has no training steps");
        Refused(["compare", _folder.At("none.jsonl")], "no such file");
        Refused(["compare"], "'RUN' missing");
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_what_stood_there()
    {
        Refused(["compare", Run("a"), "--out", _folder.Path], "is a folder");
        var standing = _folder.Write("table.md", "before");
        Refused(["compare", _folder.At("none.jsonl"), "--out", standing], "no such file");
        File.ReadAllText(standing).ShouldBe("before");
        CommandLineRun.Of("compare", Run("a"), "--out", standing, "--bootstrap", "100").Status.ShouldBe(CommandLine.Done);
        File.ReadAllText(standing).ShouldStartWith("### Sets");
        Directory.GetFiles(_folder.Path, "*.tmp").ShouldBeEmpty();
    }

    [Fact]
    public void A_training_step_is_compared_on_its_own()
    {
        var run = Run("a");
        var steps = _folder.Write("steps.jsonl", string.Concat(new[] { 0, 50 }.SelectMany(step =>
            File.ReadLines(run).Select(line => $"{{\"step\": {step}, {line[1..]}\n"))));
        Refused(["compare", steps], "0, 50; choose one with --step");
        var (status, output, _) = CommandLineRun.Of("compare", steps, "--step", "50", "--format", "json", "--bootstrap", "100");
        status.ShouldBe(CommandLine.Done);
        using var json = JsonDocument.Parse(output);
        (json.RootElement.GetProperty("step").GetInt32(), json.RootElement.GetProperty("sets")[0].GetProperty("examples").GetInt32()).ShouldBe((50, 40));
    }

    [SharedFact]
    public void Three_runs_of_a_real_model_are_compared_as_the_readme_says()
    {
        string Real(string name) => Shared.Path("reference", "smollm2", name + ".jsonl");
        var (status, output, error) = CommandLineRun.Of(
            "compare", Real("aqua_train_no_cot"), Real("aqua_train_with_cot"), Real("aqua_train_with_cot_gpt4o"), "--labels", "None,Simplified,Detailed");
        (status, error).ShouldBe((CommandLine.Done, ""));
        output.ShouldContain("MAD: None > Simplified");
        output.Split('\n').ShouldAllBe(line => line.Length <= 120);
        output.ShouldNotContain("NaN");
    }

    private void Refused(string[] arguments, params string[] parts)
    {
        var (status, output, error) = CommandLineRun.Of(arguments);
        (status, output).ShouldBe((CommandLine.WrongInput, ""));
        error.TrimEnd('\n').ShouldNotContain("\n");
        foreach (var part in parts)
            error.ShouldContain(part);
    }

    private string Run(string name, Func<SyntheticRun, SyntheticRun>? change = null) =>
        (change ?? (run => run))(new SyntheticRun()).Write(_folder.At(name + ".jsonl"));
}
