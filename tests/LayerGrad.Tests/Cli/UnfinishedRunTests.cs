using System.Text.Json;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Analysis;
using LayerGrad.Tests.Measuring;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Cli;

/// <summary>Commands that read runs name those that are not finished, and leave them out when they are asked to.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class UnfinishedRunTests : IDisposable
{
    private const string Told = "half.jsonl is not finished: 11 of 30 examples are there";

    private readonly RunBench _bench = new();
    private int _written;

    /// <summary>Two whole runs, and one that was killed while it wrote a line.</summary>
    public UnfinishedRunTests()
    {
        _bench.Run(_bench.Options("whole.jsonl") with { Limit = 30 });
        _bench.Run(_bench.Options("other.jsonl") with { Limit = 30 });
        Kill("half.jsonl", 11);
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_run_says_how_much_of_it_there_is()
    {
        RunProgress.OfUnfinished(At("half.jsonl")).ShouldBe(new RunProgress(11, 30));
        RunProgress.OfUnfinished(At("whole.jsonl")).ShouldBeNull();
        _bench.Run(_bench.Options("half.jsonl") with { Limit = 30 });
        RunProgress.OfUnfinished(At("half.jsonl")).ShouldBeNull();
        new SyntheticRun().Write(At("foreign.jsonl"));
        RunProgress.OfUnfinished(At("foreign.jsonl")).ShouldBeNull();
    }

    [Fact]
    public void A_shard_counts_its_own_examples()
    {
        var options = _bench.Options("shard.jsonl") with { Shard = new Shard(1, 2) };
        Should.Throw<InvalidOperationException>(() => _bench.Run(options, beforeWindow: window => { if (window == 1) throw new InvalidOperationException("killed"); }));
        var progress = RunProgress.OfUnfinished(At("shard.jsonl")).ShouldNotBeNull();

        progress.Done.ShouldBeGreaterThan(0);
        progress.Planned.ShouldBe(RunMetadata.Read(At("shard.meta.json")).Positions().Count());
        progress.Planned.ShouldBeLessThan(40);
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("plot", "--out", "figure.svg")]
    [InlineData("report", "--out", "page.html")]
    [InlineData("export", "--out", "table.csv")]
    public void Commands_name_it_with_what_is_there(string command, params string[] output)
    {
        var (status, printed, errors) = Run(command, output, "whole.jsonl", "half.jsonl");

        errors.ShouldContain(Told);
        status.ShouldBe(0);
        switch (command)
        {
            case "compare":
                printed.ShouldContain("half: the run is not finished: 11 of 30 examples are");
                break;
            case "plot":
                File.ReadAllText(At("figure.svg")).ShouldSatisfyAllConditions(
                    svg => svg.ShouldContain($"n = {_written} of 30"), svg => svg.ShouldContain("Not finished: half (11 of 30 examples are there)."));
                break;
            case "report":
                File.ReadAllText(At("page.html")).ShouldContain("half: the run is not finished: 11 of 30 examples are there.");
                break;
            default:
                File.ReadAllText(At("table.csv.runs.json")).ShouldContain("\"planned\": 30");
                break;
        }
    }

    [Theory]
    [InlineData("compare", "--format", "csv")]
    [InlineData("plot", "--out", "figure.svg")]
    [InlineData("report", "--out", "page.html")]
    [InlineData("export", "--out", "table.csv")]
    public void Finished_only_leaves_it_and_its_label_out(string command, params string[] output)
    {
        var (status, printed, errors) = Run(command, [.. output, "--finished-only", "--labels", "Alpha1,Beta2,Gamma3"], "whole.jsonl", "half.jsonl", "other.jsonl");

        status.ShouldBe(0);
        errors.ShouldContain(Told + "; it is left out");
        var shown = command == "compare" ? printed : File.ReadAllText(At(output[1]));
        shown.ShouldContain("Alpha1");
        shown.ShouldContain("Gamma3");
        shown.ShouldNotContain("Beta2");
    }

    [Fact]
    public void A_pair_is_left_out_where_either_is_not_finished()
    {
        var (status, printed, _) = Run("compare", ["--against", At("other.jsonl"), At("half.jsonl"), "--finished-only", "--format", "json"], "whole.jsonl", "other.jsonl");

        status.ShouldBe(0);
        JsonDocument.Parse(printed).RootElement.GetProperty("sets").EnumerateArray().Select(set => Path.GetFileName(set.GetProperty("path").GetString())).ShouldBe(["whole.jsonl", "other.jsonl"]);
    }

    [Fact]
    public void Where_no_run_is_finished_one_line_says_so()
    {
        var (status, _, errors) = Run("compare", ["--finished-only"], "half.jsonl");

        status.ShouldBe(2);
        errors.ShouldContain("--finished-only leaves no run: ");
        errors.ShouldContain(Told);
    }

    [Fact]
    public void A_run_that_has_just_begun_is_told_as_such()
    {
        Should.Throw<InvalidOperationException>(() => _bench.Run(_bench.Options("begun.jsonl"), beforeWindow: _ => throw new InvalidOperationException("killed")));

        Run("compare", [], "begun.jsonl").Errors.ShouldContain("begun.jsonl: is not finished: 0 of 40 examples are there");
    }

    [Fact]
    public void The_same_torn_line_in_a_complete_run_is_an_error()
    {
        var text = File.ReadAllText(At("whole.jsonl"));
        File.WriteAllText(At("whole.jsonl"), text[..^20]);

        var (status, _, errors) = Run("compare", [], "whole.jsonl", "other.jsonl");

        status.ShouldBe(2);
        errors.ShouldContain("is not JSON");
    }

    [Fact]
    public void Csv_says_what_its_numbers_leave_out()
    {
        var text = File.ReadAllLines(At("whole.jsonl"));
        text[2] = System.Text.RegularExpressions.Regex.Replace(text[2], "\"S_sum\":[^,]*", "\"S_sum\":NaN");
        File.WriteAllLines(At("whole.jsonl"), text);

        var lines = Run("compare", ["--format", "csv"], "whole.jsonl", "half.jsonl").Output.Split('\n');

        lines[0].ShouldBe("set,against,metric,projection,layer,quantity,value,low,high,examples,excluded");
        lines.ShouldContain(line => line.StartsWith("whole,,S_sum,Q,,level,", StringComparison.Ordinal) && line.EndsWith($",{text.Length - 1},1", StringComparison.Ordinal));
        lines.ShouldContain($"whole,,examples,,,skipped,{30 - text.Length},,,,");
        lines.ShouldContain("whole,,examples,,,missing,0,,,,");
        lines.ShouldContain("half,,examples,,,missing,19,,,,");
    }

    [Fact]
    public void A_logarithmic_figure_says_how_many_values_have_no_place_on_it()
    {
        new SyntheticRun { Sum = (_, projection, layer) => layer == 2 && projection == 1 ? 0 : 1 + layer }.Write(At("signs.jsonl"));

        var curves = Run("plot", ["--log", "--out", "figure.svg"], "signs.jsonl");
        var narrow = Run("plot", ["--log", "--kind", "heatmap", "--width", "40", "--out", "narrow.svg"], "signs.jsonl");
        var linear = Run("plot", ["--out", "linear.svg"], "signs.jsonl");

        curves.Errors.ShouldContain("note: the logarithmic scale leaves out 1 value that is not positive");
        narrow.Errors.ShouldContain("leaves out 1 value");
        linear.Errors.ShouldBeEmpty();
        File.ReadAllText(At("figure.svg")).ShouldContain("1 of 8 values are not positive and have no place on the logarithmic");
        File.ReadAllText(At("linear.svg")).ShouldNotContain("not positive");
    }

    private (int Status, string Output, string Errors) Run(string command, string[] options, params string[] runs) =>
        CommandLineRun.Of([command, .. runs.Select(At), .. options.Select(option => option.Contains('.', StringComparison.Ordinal) && !Path.IsPathRooted(option) ? At(option) : option)]);

    private string At(string name) => Path.Combine(_bench.Folder, name);

    /// <summary>Leaves a run as a process that was killed after some examples leaves it, in the middle of the next line.</summary>
    private void Kill(string name, int examples)
    {
        _bench.Run(_bench.Options(name) with { Limit = 30 });
        var metadata = At(Path.ChangeExtension(name, ".meta.json"));
        RunMetadataJson.WriteAtomically(metadata, RunMetadata.Read(metadata) with { Results = null });
        var lines = File.ReadAllLines(At(name));
        var skipped = File.ReadAllLines(At(Path.ChangeExtension(name, ".skipped.jsonl")));
        bool IsDone(string line) => JsonDocument.Parse(line).RootElement.GetProperty("index").GetInt32() < examples;
        _written = lines.Count(IsDone);
        File.WriteAllText(At(name), string.Join('\n', lines[.._written]) + "\n" + lines[_written][..100]);
        File.WriteAllText(At(Path.ChangeExtension(name, ".skipped.jsonl")), string.Concat(skipped.Where(IsDone).Select(line => line + "\n")));
    }
}
