using System.Diagnostics;
using System.Text.Json;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Cli;

/// <summary><c>layergrad measure</c> as a user runs it, on checkpoints of a few hundred thousand parameters.</summary>
public sealed class MeasureCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-measure-").FullName;

    private static string Model => Shared.Path("models", "tiny", "llama2");

    private static string Data => Shared.Path("reference", "examples.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedFact]
    public void A_run_gives_the_numbers_of_the_reference_and_says_what_it_did()
    {
        var run = Measure("run.jsonl", "--precision", "fp64");

        run.Status.ShouldBe(0, run.Errors);
        run.Output.ShouldBeEmpty();
        run.Errors.ShouldContain("measured 14 examples in");
        run.Errors.ShouldContain("mean loss");
        var reference = File.ReadAllLines(Shared.Path("reference", "tiny", "llama2", "base.paper.jsonl"));
        var lines = File.ReadAllLines(At("run.jsonl"));
        lines.Length.ShouldBe(reference.Length);
        foreach (var (ours, theirs) in lines.Zip(reference, (a, b) => (JsonDocument.Parse(a).RootElement, JsonDocument.Parse(b).RootElement)))
            RequireReference(ours, theirs);
    }

    [SharedFact]
    public void Examples_that_cannot_be_measured_are_skipped_with_reasons_and_the_others_are_as_alone()
    {
        var unmeasurable = Shared.Path("reference", "unmeasurable.json");
        Layergrad.Run("measure", "--model", Model, "--data", unmeasurable, "--out", At("run.jsonl"), "--precision", "fp64").Errors.ShouldContain("skipped 1 example: the output is empty (0;");
        Layergrad.Run("measure", "--model", Model, "--data", unmeasurable, "--out", At("alone.jsonl"), "--precision", "fp64", "--range", "2:3").Status.ShouldBe(0);

        File.ReadAllLines(At("run.skipped.jsonl")).Length.ShouldBe(2);
        File.ReadAllText(At("run.jsonl")).ShouldBe(File.ReadAllText(At("alone.jsonl")));
    }

    [SharedFact]
    public void A_run_in_which_every_example_was_skipped_is_a_failure_told_in_one_line()
    {
        var empty = At("empty.json");
        File.WriteAllText(empty, """[{"instruction": "a", "output": ""}, {"instruction": "b", "output": ""}]""");
        string[] arguments = ["measure", "--model", Model, "--data", empty, "--out", At("run.jsonl")];

        var run = Layergrad.Run([.. arguments, "--quiet"]);
        var again = Layergrad.Run(arguments);

        run.Status.ShouldBe(1);
        run.ErrorLine.ShouldBe($"layergrad: {At("run.jsonl")}: no example was measured: 2 examples skipped (the output is empty); see {At("run.skipped.jsonl")}");
        again.Status.ShouldBe(1);
        again.Errors.ShouldContain("no example was measured");
        File.ReadAllLines(At("run.skipped.jsonl")).Length.ShouldBe(2);
        File.ReadAllText(At("run.jsonl")).ShouldBeEmpty();
    }

    [SharedFact]
    public void A_shard_may_skip_every_example_but_the_merged_run_is_a_failure_then()
    {
        var empty = At("empty.json");
        File.WriteAllText(empty, """[{"instruction": "a", "output": ""}, {"instruction": "b", "output": ""}]""");
        for (var i = 0; i < 2; i++)
            Layergrad.Run("measure", "--model", Model, "--data", empty, "--out", At($"{i}.jsonl"), "--shard", $"{i}/2", "--quiet").Status.ShouldBe(0);

        var merged = Layergrad.Run("merge", At("0.jsonl"), At("1.jsonl"), "--out", At("run.jsonl"));

        merged.Status.ShouldBe(1);
        merged.Errors.ShouldContain("no example was measured: 2 examples skipped");
    }

    [SharedFact]
    public void A_process_killed_again_and_again_ends_with_the_same_bytes()
    {
        const int Most = 30;
        const int Examples = 60;
        var data = At("data.json");
        File.Copy(Shared.Path("datasets", "cot_500", "strategyqa_train_with_cot.json"), data);
        string[] options = ["--data", data, "--limit", $"{Examples}", "--memory", "300MiB"];
        Run("whole.jsonl", options).Status.ShouldBe(0);
        var random = new Random(3);
        var killed = 0;
        for (var i = 0; i < Most && !IsComplete("run.jsonl", Examples); i++)
        {
            using var process = Layergrad.Start(["measure", "--model", Model, "--out", At("run.jsonl"), .. options]);
            var wait = new FileGrowth(At("run.jsonl"), lines: 1 + random.Next(8));
            while (!process.HasExited && !wait.Reached)
                Thread.Sleep(1);
            if (!process.HasExited)
            {
                process.Kill();
                killed++;
            }

            process.WaitForExit();
        }

        Run("run.jsonl", options).Status.ShouldBe(0);
        killed.ShouldBeGreaterThan(1);
        foreach (var file in (string[])["jsonl", "meta.json"])
            File.ReadAllBytes(At("run." + file)).ShouldBe(File.ReadAllBytes(At("whole." + file)));
        Directory.GetFiles(_folder, "*.lock").ShouldBeEmpty();
    }

    [SharedFact]
    public void Shards_merge_into_the_bytes_of_one_run()
    {
        Measure("whole.jsonl", "--memory", "300MiB").Status.ShouldBe(0);
        for (var i = 0; i < 3; i++)
            Measure($"shard{i}.jsonl", "--memory", "300MiB", "--shard", $"{i}/3", "--quiet").ShouldSatisfyAllConditions(run => run.Status.ShouldBe(0), run => run.Errors.ShouldBeEmpty());

        var merge = Layergrad.Run("merge", At("shard2.jsonl"), At("shard0.jsonl"), At("shard1.jsonl"), "--out", At("merged.jsonl"));

        merge.Status.ShouldBe(0, merge.Errors);
        File.ReadAllBytes(At("merged.jsonl")).ShouldBe(File.ReadAllBytes(At("whole.jsonl")));
        File.ReadAllBytes(At("merged.meta.json")).ShouldBe(File.ReadAllBytes(At("whole.meta.json")));
    }

    [SharedFact]
    public void An_interrupted_run_says_how_to_go_on()
    {
        // A model so slow that the signal comes in the middle of a window, which is then given up between two layers.
        var model = Shared.Path("models", "SmolLM2-135M-Instruct.Q4_1.gguf");
        string[] options = ["--data", Shared.Path("datasets", "cot_500", "aqua_train_with_cot.json"), "--memory", "1GiB", "--limit", "60"];
        using var process = Layergrad.Start(["measure", "--model", model, "--out", At("run.jsonl"), .. options]);
        var wait = new FileGrowth(At("run.jsonl"), lines: 1);
        while (!process.HasExited && !wait.Reached)
            Thread.Sleep(1);
        Process.Start("kill", [InterruptSignal(), process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();

        process.WaitForExit();

        process.ExitCode.ShouldBe(InterruptSignal() == "-INT" ? 130 : 143);
        process.StandardError.ReadToEnd().ShouldContain("give the same command again to go on from there");
        File.ReadAllText(At("run.jsonl")).ShouldEndWith("}\n");
    }

    [SharedFact]
    public void A_run_started_again_has_nothing_to_do_and_is_refused_under_other_options()
    {
        Measure("run.jsonl").Status.ShouldBe(0);
        var before = File.ReadAllBytes(At("run.jsonl"));

        Measure("run.jsonl").Errors.ShouldContain("nothing to do");
        var other = Measure("run.jsonl", "--protocol", "strict");

        other.Status.ShouldBe(2);
        other.ErrorLine.ShouldContain("--protocol was paper and is now strict");
        File.ReadAllBytes(At("run.jsonl")).ShouldBe(before);
    }

    [SharedFact]
    public void A_disk_that_is_full_is_one_line_and_the_lines_so_far_are_whole()
    {
        if (!CanMount())
            return;
        var disk = At("disk");
        Directory.CreateDirectory(disk);
        var program = Path.Combine(AppContext.BaseDirectory, "LayerGrad.Cli.dll");
        var script = $"mount -t tmpfs -o size=64k tmpfs '{disk}' && dotnet '{program}' measure --model '{Model}' --data '{Data}' --out '{disk}/run.jsonl' --quiet; echo \"status $?\"; cp '{disk}'/run.* '{_folder}'";
        using var process = Process.Start(new ProcessStartInfo("unshare", ["-rm", "bash", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEnd();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        output.ShouldContain("status 1", customMessage: errors);
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem().ShouldContain("no space left on the disk");
        File.ReadAllText(At("run.jsonl")).ShouldEndWith("}\n");
        Measure("run.jsonl").Status.ShouldBe(0);
        Measure("whole.jsonl").Status.ShouldBe(0);
        File.ReadAllBytes(At("run.jsonl")).ShouldBe(File.ReadAllBytes(At("whole.jsonl")));
    }

    public static TheoryData<string, string[]> BadInput => new()
    {
        { "no such file", ["--data", "/no/such.json"] },
        { "bad.json:2:1: not valid JSON", ["--data", "bad.json"] },
        { "record 0 (0-based): output is missing", ["--data", "no-output.json"] },
        { "no such folder or file", ["--model", "/no/such/model"] },
        { "--range 10:20", ["--range", "10:20"] },
        { "--limit 0", ["--limit", "0"] },
        { "--limit many: expected a whole number", ["--limit", "many"] },
        { "--shard 3/3", ["--shard", "3/3"] },
        { "--memory 6 giraffes", ["--memory", "6 giraffes"] },
        { "--threads 4096", ["--threads", "4096"] },
        { "is too small for this model", ["--memory", "1MiB"] },
        { "--device cuda:99: ", ["--device", "cuda:99"] },
        { "--device mps: ", ["--device", "mps"] },
        { "--devices cpu,cpu: cpu is named twice", ["--devices", "cpu,cpu"] },
        { "--host-memory: the device cpu", ["--host-memory", "1GiB"] },
        { "--host-memory 6 giraffes", ["--host-memory", "6 giraffes"] },
        { "the device cpu computes in fp64 and fp32", ["--precision", "tf32"] },
        { "--precision fp8", ["--precision", "fp8"] },
        { "--date tomorrow", ["--date", "tomorrow"] },
        { "--protocol lenient", ["--protocol", "lenient"] },
        { "matches no weight of this model", ["--weights", "no_such_proj"] },
        { "is a folder", ["--out", "/"] },
    };

    [SharedTheory]
    [MemberData(nameof(BadInput))]
    public void Bad_input_is_one_line_and_status_2_and_leaves_nothing_behind(string expected, string[] arguments)
    {
        File.WriteAllText(At("bad.json"), "[{\"instruction\": \"a\"\n");
        File.WriteAllText(At("no-output.json"), "[{\"instruction\": \"a\"}]");
        File.WriteAllText(At("run.jsonl.before"), "");
        var all = new Dictionary<string, string> { ["--model"] = Model, ["--data"] = Data, ["--out"] = At("run.jsonl") };
        all[arguments[0]] = arguments[1] switch
        {
            "bad.json" or "no-output.json" => At(arguments[1]),
            _ => arguments[1],
        };

        var run = Layergrad.Run(["measure", .. all.SelectMany(option => new[] { option.Key, option.Value })]);

        run.Status.ShouldBe(2, run.Errors);
        run.ErrorLine.ShouldStartWith("layergrad: ");
        run.ErrorLine.ShouldContain(expected);
        Directory.GetFiles(_folder, "run*").ShouldBe([At("run.jsonl.before")]);
    }

    [SharedFact]
    public void A_tokenizer_with_ids_beyond_the_vocabulary_is_refused()
    {
        var run = Layergrad.Run("measure", "--model", Shared.Path("models", "tiny", "gemma"), "--tokenizer", Model, "--data", Data, "--out", At("run.jsonl"));

        run.Status.ShouldBe(2, run.Errors);
        run.ErrorLine.ShouldContain("is beyond the model's vocabulary of 544");
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [SharedFact]
    public void A_template_that_raises_is_one_line_with_the_example()
    {
        var model = Path.Combine(_folder, "model");
        Directory.CreateDirectory(model);
        foreach (var file in Directory.GetFiles(Model))
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), "{{ raise_exception('I take no one') }}");

        var run = Layergrad.Run("measure", "--model", model, "--data", Data, "--out", At("run.jsonl"), "--chat");

        run.Status.ShouldBe(2, run.Errors);
        run.ErrorLine.ShouldContain("record 0 (0-based): the chat template fails");
        run.ErrorLine.ShouldContain("I take no one");
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    private static bool CanMount()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("unshare", ["-rm", "true"]) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>float64 mode against the original's exact values: M_mean relative to a thousandth of the norm, S_min to S_max.</summary>
    private static void RequireReference(JsonElement ours, JsonElement theirs)
    {
        const double Tolerance = 1e-9;
        foreach (var key in theirs.EnumerateObject())
        {
            if (key.Value.ValueKind == JsonValueKind.String)
                ours.GetProperty(key.Name).GetString().ShouldBe(key.Value.GetString());
            else if (key.Value.ValueKind == JsonValueKind.Number)
                Relative(ours.GetProperty(key.Name), key.Value, Math.Abs(key.Value.GetDouble())).ShouldBeLessThan(Tolerance, key.Name);
            else if (key.Name.StartsWith("model.", StringComparison.Ordinal))
            {
                foreach (var statistic in key.Value.EnumerateObject())
                {
                    var scale = statistic.Name switch
                    {
                        "M_mean" => key.Value.GetProperty("frobenius_norm").GetDouble() / 1000,
                        "S_min" => key.Value.GetProperty("S_max").GetDouble(),
                        _ => Math.Abs(statistic.Value.GetDouble()),
                    };
                    Relative(ours.GetProperty(key.Name).GetProperty(statistic.Name), statistic.Value, scale).ShouldBeLessThan(Tolerance, $"{key.Name} {statistic.Name}");
                }
            }
        }
    }

    private static double Relative(JsonElement ours, JsonElement theirs, double scale) => Math.Abs(ours.GetDouble() - theirs.GetDouble()) / scale;

    private bool IsComplete(string name, int examples) => File.Exists(At(name)) && File.ReadLines(At(name)).Count() == examples;

    private string At(string name) => Path.Combine(_folder, name);

    private Layergrad Measure(string name, params string[] options) => Run(name, ["--data", Data, .. options]);

    private Layergrad Run(string name, string[] options) => Layergrad.Run(["measure", "--model", Model, "--out", At(name), .. options]);

    /// <summary>Waits until a file has so many more bytes that about so many lines were added.</summary>
    /// <summary>What Ctrl-C sends; a shell starts programs in the background so that they ignore it, and tests with them.</summary>
    private static string InterruptSignal()
    {
        const ulong Interrupt = 1UL << 1;
        var ignored = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (ulong.Parse(ignored, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture) & Interrupt) == 0 ? "-INT" : "-TERM";
    }

    private sealed class FileGrowth(string path, int lines)
    {
        private const int BytesOfALine = 4000;
        private readonly long _before = Length(path);

        public bool Reached => Length(path) > _before + (long)(lines - 1) * BytesOfALine;

        private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
    }
}
