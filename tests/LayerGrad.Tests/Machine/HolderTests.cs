using System.Globalization;
using LayerGrad.Runs;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Machine;

/// <summary>A second process on one output, or a second coordinator of a study, is refused with the process and the host of the first.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class HolderTests : IDisposable
{
    private static readonly string s_model = Path.Combine(Shared.Repository, "demo", "model");
    private static readonly string s_data = Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json");
    private static readonly string s_holder = string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}");
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("run.jsonl", "run.jsonl", "measure", "--model", "MODEL", "--data", "DATA", "--out", "OUT")]
    [InlineData(null, "kernel.npy", "kernel", "--model", "MODEL", "--data", "DATA", "--out", "OUT")]
    [InlineData(null, "scores.jsonl", "data", "score", "--by", "loss", "--model", "MODEL", "--data", "DATA", "--out", "OUT")]
    [InlineData("trained/training.jsonl", "trained", "train", "--model", "MODEL", "--data", "DATA", "--steps", "1", "--out", "OUT")]
    public void A_second_run_on_one_output_is_refused(string? run, string output, params string[] command)
    {
        Directory.CreateDirectory(_folder.At("trained"));
        string[] arguments = [.. command.Select(argument => argument switch { "MODEL" => s_model, "DATA" => s_data, "OUT" => _folder.At(output), _ => argument })];
        using (run is null ? RunLock.TakeFor(_folder.At(output)) : RunLock.Take(new RunPaths(_folder.At(run))))
        {
            var second = CommandLineRun.Of(arguments);
            second.Status.ShouldBe(2);
            second.Error.ShouldContain($"{s_holder} is writing this");
            second.Error.ShouldContain(_folder.At(output));
        }

        Directory.GetFiles(_folder.Path, "*.lock*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void A_second_coordinator_of_a_study_is_refused_and_whoever_only_works_or_looks_is_not()
    {
        var study = _folder.Write("study.yaml", $$"""
            name: held
            out: {{_folder.At("out")}}
            models:
              - { name: demo, model: {{s_model}} }
            settings: { none: none }
            variants: { correct: "" }
            datasets:
              - { name: heldout, files: "{{Path.GetDirectoryName(s_data)}}/heldout_{setting}{variant}.json" }
            measure: { limit: 2, device: cpu, memory: 1GiB }
            results: { metrics: [S_sum], tables: [text], figures: [svg], bootstrap: 100 }
            """);
        using (RunLock.TakeStudy(_folder.At("out")))
        {
            var second = CommandLineRun.Of("study", study, "--quiet");
            second.Status.ShouldBe(2);
            second.Error.ShouldContain($"{s_holder} works on this study already; wait for it, or look at it with --status");
            CommandLineRun.Of("study", study, "--status").Status.ShouldBe(0);
            CommandLineRun.Of("study", study, "--dry-run").Status.ShouldBe(0);
            CommandLineRun.Of("study", study, "--finish").Error.ShouldContain("1 of 1 runs are not complete");
        }

        CommandLineRun.Of("study", study, "--quiet").Status.ShouldBe(0);
        using (RunLock.TakeStudy(_folder.At("out")))
        {
            using (var worker = Layergrad.Start(new Dictionary<string, string>(), "study", study, "--worker"))
            {
                worker.WaitForExit();
                worker.ExitCode.ShouldBe(0);
            }

            CommandLineRun.Of("study", study, "--finish").Status.ShouldBe(0);
        }

        Directory.GetFiles(_folder.At("out"), "*.lock*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void What_a_killed_process_left_is_nobody_s_lock()
    {
        _folder.Write("run.lock", "");
        _folder.Write("run.lock.holder", "1 elsewhere");
        using (RunLock.Take(new RunPaths(_folder.At("run.jsonl"))))
            RunLock.HolderOf(_folder.At("run.lock")).ShouldBe(s_holder);
        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
        RunLock.HolderOf(_folder.At("run.lock")).ShouldBe("another process");
        _folder.Write("run.lock.holder", "not a number\n");
        RunLock.HolderOf(_folder.At("run.lock")).ShouldBe("another process");
    }

    public void Dispose() => _folder.Dispose();
}
