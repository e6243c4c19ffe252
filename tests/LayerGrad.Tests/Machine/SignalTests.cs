using System.Diagnostics;
using System.Globalization;
using System.Text;
using LayerGrad.Tests.Hub;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Machine;

/// <summary>SIGTERM and Ctrl-C at moments that are long: each is answered within two seconds, what is whole is kept, and the command goes on to the bytes of an unbroken one.</summary>
public sealed class SignalTests : IDisposable
{
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(2);
    private static readonly string s_model = Path.Combine(Shared.Repository, "demo", "model");
    private static readonly string s_data = Path.Combine(Shared.Repository, "demo", "data");

    private readonly TemporaryFolder _folder = new();

    [SharedFact]
    public void A_long_window_is_left_within_two_seconds_and_the_run_goes_on()
    {
        // One window of one example: layers take seconds each.
        string[] options = ["--model", Shared.Path("models", "tiny", "llama2"), "--data", LongData(tokens: Extent.IsWhole ? 16_000 : 40_000), "--max-length", "100000", "--device", "cpu"];
        var run = _folder.At("run.jsonl");
        using (var process = Layergrad.Start(["measure", "--out", run, .. options]))
        {
            WaitFor(process, () => File.Exists(_folder.At("run.meta.json")));
            Thread.Sleep(500); // into the window
            var errors = Ended(process, "TERM", 143);
            errors.ShouldContain("interrupted after 0 of 1 example; give the same command again to go on from there");
        }

        if (!Extent.IsWhole)
            return;
        Layergrad.Run(["measure", "--out", run, .. options]).Status.ShouldBe(0);
        Layergrad.Run(["measure", "--out", _folder.At("whole.jsonl"), .. options]).Status.ShouldBe(0);
        RequireSame(run, _folder.At("whole.jsonl"));
        RequireSame(_folder.At("run.meta.json"), _folder.At("whole.meta.json"));
    }

    [ExtensiveFact]
    public void A_long_window_of_a_real_model_is_left_within_two_seconds_wherever_it_is()
    {
        string[] options = ["--model", Shared.Path("models", "SmolLM2-135M-Instruct.Q4_1.gguf"), "--data", LongData(tokens: 16_000), "--max-length", "100000", "--device", "cpu"];
        foreach (var (seconds, signal, status) in ((int, string, int)[])[(1, "INT", 130), (4, "TERM", 143), (12, "INT", 130), (25, "TERM", 143)])
        {
            using var process = Layergrad.Start(["measure", "--out", _folder.At("run.jsonl"), .. options]);
            WaitFor(process, () => File.Exists(_folder.At("run.meta.json")));
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
            Ended(process, signal, status).ShouldContain("interrupted");
        }
    }

    [WholeExtentFact]
    public void A_training_that_is_interrupted_in_a_step_goes_on_to_the_same_weights()
    {
        string[] options =
        [
            "--model", s_model, "--data", Path.Combine(s_data, "heldout_detailed.json"), "--steps", "12", "--batch", "16", "--save-every", "100", "--seed", "3", "--device", "cpu",
            "--probe", Path.Combine(s_data, "heldout_none.json"), "--every", "6",
        ];
        // At the same place, which the metadata of probes name.
        Layergrad.Run(["train", "--out", _folder.At("trained"), .. options]).Status.ShouldBe(0);
        Directory.Move(_folder.At("trained"), _folder.At("whole"));
        foreach (var (signal, status) in ((string, int)[])[("INT", 130), ("TERM", 143)])
        {
            using var process = Layergrad.Start(["train", "--out", _folder.At("trained"), "--resume", .. options]);
            var losses = _folder.At("trained/losses.jsonl");
            var before = Lines(losses);
            WaitFor(process, () => Lines(losses) >= before + 2);
            Ended(process, signal, status).ShouldContain("give the same command with --resume to go on from there");

            // A step is never half made, and none is lost that was made.
            Lines(losses).ShouldBeGreaterThanOrEqualTo(before + 2);
            File.Exists(_folder.At("trained/state/model.safetensors")).ShouldBeTrue();
        }

        Layergrad.Run(["train", "--out", _folder.At("trained"), "--resume", .. options]).Status.ShouldBe(0);
        RequireSameFolders("trained", "whole");
    }

    [WholeExtentFact]
    public void A_kernel_that_is_interrupted_leaves_nothing_behind()
    {
        // So little memory that the factors stand on the disk, in a folder that must go too.
        string[] command =
        [
            "kernel", "--model", s_model, "--data", Path.Combine(s_data, "heldout_detailed.json"), "--weights", "all", "--memory", "360MiB", "--device", "cpu", "--out", _folder.At("kernel.npy"),
        ];
        var whole = UninterruptedTime(command);
        foreach (var part in (double[])[0.1, 0.35, 0.6])
        {
            using var process = Layergrad.Start(command);
            WaitFor(process, () => Directory.GetDirectories(_folder.Path).Length > 0);
            Thread.Sleep(part * whole);
            Ended(process, "TERM", 143).ShouldContain("nothing was written");
            Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();
        }

        // Killed, it leaves the folder, and the next one removes it.
        using (var killed = Layergrad.Start(command))
        {
            WaitFor(killed, () => Directory.GetDirectories(_folder.Path).Length > 0);
            Thread.Sleep(0.1 * whole);
            killed.Kill();
            killed.WaitForExit();
        }

        Directory.GetDirectories(_folder.Path).ShouldHaveSingleItem();
        Layergrad.Run(command).Status.ShouldBe(0);
        Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).ShouldBe(["kernel.npy", "kernel.json"], ignoreOrder: true);
    }

    [WholeExtentFact]
    public void A_study_with_several_processes_ends_with_them_and_goes_on()
    {
        // At the same place, which the files name.
        Layergrad.Run("study", Study("broken"), "--jobs", "2", "--quiet").Status.ShouldBe(0);
        Directory.Move(_folder.At("broken"), _folder.At("whole"));
        foreach (var (signal, status) in ((string, int)[])[("INT", 130), ("TERM", 143)])
        {
            using var process = Layergrad.Start("study", Study("broken"), "--jobs", "2", "--quiet");
            WaitFor(process, () => Directory.Exists(_folder.At("broken/runs")) && Directory.GetFiles(_folder.At("broken/runs"), "*.lock", SearchOption.AllDirectories).Length > 0);
            Thread.Sleep(300);
            Ended(process, signal, status).ShouldContain("start the study again to go on from there");

            // The workers have ended too: nobody holds a run.
            Thread.Sleep(500);
            foreach (var held in Directory.GetFiles(_folder.At("broken"), "*.lock", SearchOption.AllDirectories))
                new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        }

        Layergrad.Run("study", Study("broken"), "--jobs", "2", "--quiet").Status.ShouldBe(0);
        RequireSameFolders("broken", "whole");
    }

    [Fact]
    public async Task A_download_from_a_server_that_says_nothing_more_is_left_and_goes_on_later()
    {
        using var hub = new FakeHub();
        hub.Add("config.json", "{}");
        var weights = new FakeFile("model.safetensors", 4 << 20);
        hub.Add(weights);
        hub.Override = request => request is { Method: "GET", Path: "/cdn/model.safetensors" }
            ? $"HTTP/1.1 200 OK\r\nContent-Length: {weights.Size}\r\n\r\n{new string('x', 1000)}"
            : null;
        hub.ThenEvery = TimeSpan.FromMinutes(1);
        var variables = new Dictionary<string, string> { ["HF_ENDPOINT"] = hub.Address.AbsoluteUri.TrimEnd('/'), ["HF_HUB_CACHE"] = _folder.At("hub") };
        using (var process = Layergrad.Start(variables, "measure", "--model", "acme/tiny", "--data", Path.Combine(s_data, "heldout_none.json"), "--out", _folder.At("run.jsonl"), "--quiet"))
        {
            WaitFor(process, () => Incomplete() is [var file] && new FileInfo(file).Length == 1000);
            Ended(process, "TERM", 143).ShouldContain("give the same command again");
        }

        // What had arrived was no part of the file, which its hash tells, and the file comes all the same.
        hub.Override = null;
        using var client = new LayerGrad.Hub.HubClient(new LayerGrad.Hub.HubOptions { Endpoint = hub.Address, CacheFolder = _folder.At("hub") });
        var path = await client.GetFileAsync(new LayerGrad.Hub.HubRepository(false, "acme/tiny"), "model.safetensors");
        new FileInfo(path).ResolveLinkTarget(true)!.Name.ShouldBe(weights.ETag);

        string[] Incomplete() => Directory.Exists(_folder.At("hub")) ? Directory.GetFiles(_folder.At("hub"), "*.incomplete", SearchOption.AllDirectories) : [];
    }

    [Fact]
    public void What_cannot_be_asked_to_end_ends_within_two_seconds_and_at_once_when_it_is_asked_twice()
    {
        // It waits for standard input, which nobody closes.
        string[] command = ["measure", "--model", s_model, "--data", "-", "--out", _folder.At("run.jsonl"), "--quiet"];
        using (var process = Waiting(command))
            Ended(process, "INT", 130).ShouldContain("interrupted");

        // Asked once it takes 1.4 s; a machine that is busy may take as long to send two signals, and is given another try.
        for (var attempt = 1; ; attempt++)
        {
            using var twice = Waiting(command);
            var clock = Stopwatch.StartNew();
            Process.Start("bash", ["-c", $"kill -TERM {twice.Id}; sleep 0.1; kill -TERM {twice.Id}"]).WaitForExit();
            twice.WaitForExit();
            twice.ExitCode.ShouldBe(143);
            if (clock.Elapsed < TimeSpan.FromSeconds(1.2))
                break;
            attempt.ShouldBeLessThan(5);
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>How long a command works after it has made its folder; what it leaves is removed.</summary>
    private TimeSpan UninterruptedTime(string[] command)
    {
        using var process = Layergrad.Start(command);
        WaitFor(process, () => Directory.GetDirectories(_folder.Path).Length > 0);
        var clock = Stopwatch.StartNew();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
        foreach (var file in Directory.GetFiles(_folder.Path))
            File.Delete(file);
        return clock.Elapsed;
    }

    private Process Waiting(string[] command)
    {
        var process = Layergrad.Start(new Dictionary<string, string>(), command);

        // The draft into which standard input is copied.
        WaitFor(process, () => Directory.GetFiles(_folder.Path, "*.new.*.tmp").Length > 0);
        return process;
    }

    /// <summary>Sends a signal and checks that the process answers it.</summary>
    /// <returns>What it said on standard error.</returns>
    private static string Ended(Process process, string signal, int status)
    {
        var clock = Stopwatch.StartNew();
        Signal(process, signal);
        process.WaitForExit();
        clock.Elapsed.ShouldBeLessThan(s_answer);
        process.ExitCode.ShouldBe(status);
        return process.StandardError.ReadToEnd();
    }

    private static void Signal(Process process, string signal) =>
        Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

    private static void WaitFor(Process process, Func<bool> holds)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            process.HasExited.ShouldBeFalse(process.HasExited ? process.StandardError.ReadToEnd() : "");
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2));
            Thread.Sleep(10);
        }
    }

    private string LongData(int tokens)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens / 4; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i * 7919L) % 97} ");
        return _folder.Write("long.json", $$"""[{"instruction": "{{text}}", "output": "four"}]""");
    }

    private string Study(string name) => _folder.Write(name + ".yaml", $$"""
        name: {{name}}
        out: {{_folder.At(name)}}
        models:
          - { name: demo, model: {{s_model}} }
        settings: { none: none, simplified: simplified, detailed: detailed }
        variants: { correct: "" }
        datasets:
          - { name: heldout, files: "{{s_data}}/heldout_{setting}{variant}.json" }
        measure: { device: cpu, memory: 1GiB }
        results: { metrics: [S_sum], tables: [text], figures: [svg], bootstrap: 100 }
        """);

    private static int Lines(string path) => File.Exists(path) ? File.ReadLines(path).Count() : 0;

    private static void RequireSame(string one, string other) => File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(other)).ShouldBeTrue(one);

    private void RequireSameFolders(string one, string other)
    {
        string[] Names(string folder) => [.. Directory.GetFiles(_folder.At(folder), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder.At(folder), path)).Order(StringComparer.Ordinal)];
        Names(one).ShouldBe(Names(other));
        foreach (var name in Names(other))
            RequireSame(Path.Combine(_folder.At(one), name), Path.Combine(_folder.At(other), name));
    }
}
