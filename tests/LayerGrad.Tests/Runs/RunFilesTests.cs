using LayerGrad.Runs;
using LayerGrad.Tests.Analysis;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

/// <summary>Files, folders and patterns give runs, and nothing that stands beside them.</summary>
public sealed class RunFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunFilesTests()
    {
        Directory.CreateDirectory(_folder.At("runs"));
        Run("b");
        Run("a");
        foreach (var name in (string[])["a.meta.json", "a.skipped.jsonl", "a.tokens.jsonl", "a.noise.json", "a.lock", "kernel.json", "notes.txt"])
            _folder.Write(Path.Combine("runs", name), name == "a.meta.json" ? "{}" : "");
        _folder.Write(Path.Combine("runs", "data.jsonl"), """{"instruction": "i", "output": "o"}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_gives_its_runs_in_the_order_of_their_names() => Found("runs").ShouldBe(["a", "b"]);

    [Theory]
    [InlineData("runs/*", "a,b")]
    [InlineData("runs/*.jsonl", "a,b")]
    [InlineData("r*s/?.jsonl", "a,b")]
    [InlineData("*/b*", "b")]
    public void A_pattern_gives_the_runs_of_such_names(string pattern, string runs) => Found(pattern).ShouldBe(runs.Split(','));

    [Fact]
    public void What_a_shell_makes_of_a_pattern_loses_the_files_beside_its_runs_and_keeps_its_order()
    {
        var given = (string[])["b.jsonl", "a.skipped.jsonl", "a.jsonl", "a.meta.json", "a.tokens.jsonl", "a.noise.json", "a.lock", "c.jsonl"];

        RunFiles.Find([.. given.Select(name => _folder.At(Path.Combine("runs", name)))]).Select(Path.GetFileName).ShouldBe(["b.jsonl", "a.jsonl", "c.jsonl"]);
    }

    [Fact]
    public void A_run_of_its_own_that_is_called_as_a_sidecar_is_a_run()
    {
        Run("a.tokens");
        _folder.Write(Path.Combine("runs", "a.tokens.meta.json"), "{}");

        Found("runs").ShouldBe(["a", "a.tokens", "b"]);
    }

    [Fact]
    public void Where_there_is_no_run_one_line_says_so()
    {
        Directory.CreateDirectory(_folder.At("empty"));

        Failing("empty").ShouldEndWith("there is no run in this folder; a run file is what 'layergrad measure --out' writes.");
        Failing("runs/x*").ShouldContain("no run has such a name");
        Failing(Path.Combine("runs", "a.skipped.jsonl")).ShouldContain("stands beside a run and is none itself; name ");
    }

    private void Run(string name) => new SyntheticRun { Examples = 2 }.Write(_folder.At(Path.Combine("runs", name + ".jsonl")));

    private string[] Found(string name) => [.. RunFiles.Find([_folder.At(name)]).Select(path => Path.GetFileNameWithoutExtension(path))];

    private string Failing(string name) => Should.Throw<InputException>(() => RunFiles.Find([_folder.At(name)])).Message;
}
