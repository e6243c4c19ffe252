using System.Text.Json.Nodes;
using LayerGrad.Studies.Plan;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Studies;

/// <summary><c>layergrad study</c> as a user runs it, on a checkpoint of a few hundred thousand parameters.</summary>
public sealed class StudyCommandTests : IDisposable
{
    private const int Examples = 24;
    private readonly TemporaryFolder _folder = new();

    [SharedFact]
    public void A_study_killed_three_times_ends_with_the_bytes_of_an_undisturbed_one()
    {
        Run("whole").Status.ShouldBe(0);
        var random = new Random(5);
        for (var i = 0; i < 3; i++)
        {
            var before = Lines("killed");
            using var process = Layergrad.Start("study", Write("killed"), "--quiet");
            var more = 1 + random.Next(Examples);
            LocalSlurm.WaitUntil(() => process.HasExited || Lines("killed") >= before + more, TimeSpan.FromMinutes(2));
            process.Kill();
            process.WaitForExit();
        }

        Lines("killed").ShouldBeLessThan(4 * Examples);
        Run("killed").Status.ShouldBe(0);
        RequireSame("whole", "killed");
        var status = Layergrad.Run("study", Write("killed"), "--status");
        status.Output.ShouldContain("4 done");
        Layergrad.Run("study", Write("killed"), "--dry-run").Output.ShouldContain("4 runs, 0 to measure: 0 tokens");
    }

    [SharedFact]
    public void Processes_side_by_side_write_the_bytes_of_one()
    {
        Run("one").Status.ShouldBe(0);
        var two = Run("two", "--jobs", "2");
        two.Status.ShouldBe(0);
        (two.Output + two.Errors).ShouldBeEmpty();
        RequireSame("one", "two");
        foreach (var file in (string[])["report.html", "README.md", "tables/m/aqua.txt", "tables/m/aqua.tex", "tables/summary.csv", "figures/m/aqua.S_sum.svg", "reports/m/aqua.html"])
            File.Exists(At("two", file)).ShouldBeTrue(file);
        File.ReadAllText(At("two", "report.html")).ShouldContain("4 of 4 runs are complete");
    }

    /// <summary>Killed behind the last line of a run: its lock is left, and what it came to is not in the metadata.</summary>
    [SharedFact]
    public void What_a_kill_in_the_last_moment_left_is_finished()
    {
        Run("late").Status.ShouldBe(0);
        var path = Directory.EnumerateFiles(At("late", "runs"), "none*.meta.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var whole = File.ReadAllText(path);
        var metadata = JsonNode.Parse(whole)!.AsObject();
        metadata.Remove("results").ShouldBeTrue();
        File.WriteAllText(path, metadata.ToJsonString());
        var held = path.Replace(".meta.json", ".lock", StringComparison.Ordinal);
        File.WriteAllText(held, "");
        File.WriteAllText(held + ".holder", "1 elsewhere");

        Run("late").Status.ShouldBe(0);

        File.ReadAllText(path).ShouldBe(whole);
        File.Exists(held).ShouldBeFalse();
        File.Exists(held + ".holder").ShouldBeFalse();
    }

    [SharedTheory]
    [InlineData("cpu", "1", "measure.device is cpu")]
    [InlineData("cuda", "2", "a task computes on one GPU")]
    [InlineData("cuda", "a100:4", "a task computes on one GPU")]
    [InlineData("cuda", null, "the tasks would find no GPU; give --gpus 1")]
    public void A_task_asks_for_one_gpu_and_none_that_nobody_would_use_is_reserved(string device, string? gpus, string expected)
    {
        var study = Write("gpus");
        File.WriteAllText(study, File.ReadAllText(study).Replace("threads: 1,", $"threads: 1, device: {device},", StringComparison.Ordinal));
        var run = Layergrad.Run(["study", study, "--submit", "slurm", .. gpus is null ? (string[])[] : ["--gpus", gpus]]);
        run.Status.ShouldBe(2);
        run.ErrorLine.ShouldContain(expected);
    }

    [Fact]
    public void Processes_side_by_side_see_one_gpu_each()
    {
        LayerGrad.Studies.LocalGpus.Nth(null, 1).ShouldBe("1");
        LayerGrad.Studies.LocalGpus.Nth("4, 7", 1).ShouldBe("7");
        LayerGrad.Studies.LocalGpus.SharersOfMemory("cpu", 3).ShouldBe(3);
        LayerGrad.Studies.LocalGpus.VisibleTo("cpu", 3, 1, null).ShouldBeNull();
    }

    [SharedFact]
    public void A_failed_run_is_told_with_status_1_and_the_others_are_made()
    {
        var broken = _folder.Write("broken.json", """[{"instruction": "i", "output": "o"}, 5]""");
        var study = Write("failing", irrelevant: broken, settings: "[none]");
        var run = Layergrad.Run("study", study, "--quiet");
        run.Status.ShouldBe(1);
        run.Errors.ShouldContain("m/aqua/none.irrelevant failed: ");
        run.Errors.ShouldContain("1 of 2 runs are not complete");
        Layergrad.Run("study", study, "--status").Output.ShouldContain("1 failed, 1 done");
        File.ReadAllText(At("failing", "report.html")).ShouldContain("broken.json");
        File.Exists(At("failing", "tables/m/aqua.txt")).ShouldBeTrue();
    }

    [SharedFact]
    public void A_run_that_skipped_every_example_is_told_as_failed_and_the_others_are_made()
    {
        var empty = _folder.Write("empty.json", """[{"instruction": "i", "output": ""}]""");
        var study = Write("skipping", irrelevant: empty, settings: "[none]");
        var run = Layergrad.Run("study", study, "--quiet");
        run.Status.ShouldBe(1);
        run.Errors.ShouldContain("m/aqua/none.irrelevant failed: every example was skipped");
        Layergrad.Run("study", study, "--status").Output.ShouldContain("1 failed, 1 done");
        Layergrad.Run("study", study, "--dry-run").Output.ShouldContain("0 tokens");
        File.Exists(At("skipping", "tables/m/aqua.txt")).ShouldBeTrue();
    }

    [SharedFact]
    public void Without_Slurm_the_way_out_is_told()
    {
        if (Tools.Find("sbatch") is not null)
            return;
        var run = Layergrad.Run("study", Write("nowhere"), "--submit", "slurm", "--quiet");
        run.Status.ShouldBe(2);
        run.ErrorLine.ShouldContain("there is no s");
        run.ErrorLine.ShouldContain("--jobs N");
    }

    [SlurmFact]
    public void A_job_array_survives_its_node_and_writes_the_bytes_of_one_process()
    {
        Run("one").Status.ShouldBe(0);
        using var slurm = new LocalSlurm(_folder.At("slurm"));
        var refused = Run("array", "--submit", "slurm", "--partition", "nosuch");
        refused.Status.ShouldBe(2);
        refused.ErrorLine.ShouldContain("sbatch refuses");
        refused.ErrorLine.ShouldContain("invalid partition specified");

        string[] submit = ["--submit", "slurm", "--shards", "2", "--array-limit", "2", "--time", "00:10:00", "--partition", "main"];
        Run("array", submit).Output.ShouldContain("with 8 tasks");
        Run("array", submit).Output.ShouldContain("nothing to submit: ");
        LocalSlurm.WaitUntil(() => Lines("array") > 3, TimeSpan.FromMinutes(1));
        slurm.KillNode();
        Layergrad.Run("study", Write("array"), "--status").Output.ShouldContain("pending");
        LocalSlurm.WaitUntilNodeIsDown();
        slurm.ReviveNode();
        LocalSlurm.WaitUntilIdle();

        // Tasks that the dead node took with it for good are the next submission's.
        if (!Layergrad.Run("study", Write("array"), "--status").Output.Contains("4 done", StringComparison.Ordinal))
        {
            Run("array", submit);
            LocalSlurm.WaitUntilIdle();
        }

        Layergrad.Run("study", Write("array"), "--status").Output.ShouldContain("4 done");
        RequireSame("one", "array");
        Run("array", submit).Output.ShouldContain("nothing to submit: all 8 tasks are done");
    }

    public void Dispose() => _folder.Dispose();

    private Layergrad Run(string name, params string[] options) => Layergrad.Run(["study", Write(name), "--quiet", .. options]);

    private string At(string study, string file) => _folder.At(Path.Combine(study, file));

    private string Write(string name, string? irrelevant = null, string settings = "[none, simplified]")
    {
        string Data(string folder) => Shared.Path("datasets", folder, "aqua_train_{setting}.json");
        var yaml = $$"""
            name: Study
            out: {{name}}
            models: [{ name: m, model: {{Shared.Path("models", "tiny", "llama2")}} }]
            settings: { none: no_cot, simplified: with_cot }
            datasets:
              - name: aqua
                settings: {{settings}}
                files:
                  none: { correct: "{{Data("cot_500")}}", irrelevant: "{{irrelevant ?? Data("cot_500_wrong_answer_shuffle")}}" }
                  simplified: { correct: "{{Data("cot_500")}}", irrelevant: "{{Data("cot_500_wrong_answer_shuffle")}}" }
            measure: { limit: {{Examples}}, memory: 400MiB, threads: 1, date: 2024-07-26 }
            results: { bootstrap: 100 }
            """;
        var path = _folder.At(name + ".yaml");
        if (!File.Exists(path))
            _folder.Write(name + ".yaml", yaml);
        return path;
    }

    /// <summary>Lines in all run files of a study, those of shards too.</summary>
    private int Lines(string study)
    {
        var lines = 0;
        foreach (var folder in (string[])[At(study, "runs"), At(study, "shards")])
        {
            if (!Directory.Exists(folder))
                continue;
            foreach (var file in Directory.EnumerateFiles(folder, "*.jsonl", SearchOption.AllDirectories))
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var reader = new StreamReader(stream);
                while (reader.ReadLine() is not null)
                    lines++;
            }
        }

        return lines;
    }

    /// <summary>Every file of one study is in the other with the same bytes; what only a cluster leaves does not count.</summary>
    private void RequireSame(string one, string other)
    {
        foreach (var file in Directory.EnumerateFiles(_folder.At(one), "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(_folder.At(one), file);
            if (Path.GetExtension(name) is ".jsonl" or ".csv" or ".svg" or ".tex")
                File.ReadAllBytes(file).SequenceEqual(File.ReadAllBytes(At(other, name))).ShouldBeTrue(name);
        }

        Study.Load(_folder.At(other + ".yaml")).Cells.Count.ShouldBe(4);
    }
}
