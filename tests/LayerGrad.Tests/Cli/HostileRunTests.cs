using System.Diagnostics;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Cli;

/// <summary>
/// Run files, kernels and datasets that once brought a reader down or misled it: each gives an answer, or one clean line that names the file,
/// within ten seconds. A test lists all failures of its folder.
/// </summary>
public sealed class HostileRunTests(ITestOutputHelper log) : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    /// <summary>Those with an answer: a null is left out as NaN is, and half a surrogate pair in an instruction is how Python writes such a dataset.</summary>
    private static readonly string[] s_answeredRuns = ["null.jsonl", "surr.jsonl"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _failures = [];
    private int _commands;

    private static string Sound => Shared.Path("reference", "analysis", "28layers.none.jsonl");

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void Run_files_alone_and_beside_a_sound_one()
    {
        // Runs are compared at one depth, so the sound one is one of these without its fault.
        var sound = _folder.Write("sound.jsonl", File.ReadAllText(Shared.Path("hostile", "runs", "surr.jsonl")).Replace("\\ud800", "", StringComparison.Ordinal));
        var files = Directory.GetFiles(Shared.Path("hostile", "runs"));
        files.Length.ShouldBe(7);
        foreach (var file in files)
        {
            int? expected = s_answeredRuns.Contains(Path.GetFileName(file)) ? 0 : 2;
            foreach (var command in (string[][])[["compare"], ["plot", "--out", _folder.At("figure.svg")], ["report", "--out", _folder.At("report.html")]])
            {
                Check(file, expected, [.. command, file]);
                Check(file, expected, [command[0], file, sound, .. command[1..]]);
            }
        }

        Conclude();
    }

    [SharedFact]
    public void Mutated_runs_with_their_sidecars()
    {
        var runs = Directory.GetDirectories(Shared.Path("hostile", "mutated", "run"));
        runs.Length.ShouldBe(11);
        var data = Shared.Path("reference", "examples.json");
        foreach (var run in runs)
        {
            var copy = Directory.CreateDirectory(_folder.At(Path.GetFileName(run))).FullName;
            foreach (var file in Directory.GetFiles(run))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            var lines = Path.Combine(copy, "r.jsonl");
            Check(copy, expected: null, "compare", lines);
            Check(copy, expected: null, "report", lines, "--out", _folder.At("report.html"));
            Check(copy, expected: null, "measure", "--model", Shared.Path("models", "tiny", "llama2"), "--data", data, "--out", lines, "--quiet");
        }

        Conclude();
    }

    [SharedFact]
    public void Mutated_kernels()
    {
        foreach (var kernel in Directory.GetFiles(Shared.Path("hostile", "mutated", "npy"), "*.npy", SearchOption.AllDirectories))
            Check(Path.ChangeExtension(kernel, null), expected: null, "report", Sound, "--kernel", kernel, "--out", _folder.At("report.html"));
        _commands.ShouldBe(1);
        Conclude();
    }

    [SharedFact]
    public void Datasets()
    {
        string[] files = [.. Directory.GetFiles(Shared.Path("hostile", "data")), .. Directory.GetFiles(Shared.Path("hostile", "mutated", "data"), "*", SearchOption.AllDirectories)];
        files.Length.ShouldBe(2);
        foreach (var file in files)
        {
            Check(file, expected: null, "data", "inspect", file);
            Check(file, expected: null, "measure", "--model", Shared.Path("models", "tiny", "llama2"), "--data", file, "--out", _folder.At(Path.GetRandomFileName() + ".jsonl"), "--quiet");
        }

        Conclude();
    }

    [SharedFact]
    public void Studies()
    {
        string[] files = [.. Directory.GetFiles(Shared.Path("hostile", "studies")), .. Directory.GetFiles(Shared.Path("hostile", "mutated", "yaml"), "*", SearchOption.AllDirectories)];
        files.Length.ShouldBe(6);
        foreach (var file in files)
            Check(file, expected: 2, "study", file, "--dry-run");
        Conclude();
    }

    [Fact]
    public void A_study_of_a_million_brackets_or_of_two_mebibytes_is_refused()
    {
        foreach (var text in (string[])[new string('[', 1_000_000), string.Concat(Enumerable.Repeat("- ", 500_000)), new string('a', 2 << 20)])
        {
            var file = _folder.Write("large.yaml", text);
            Check(file, expected: 2, "study", file, "--dry-run");
        }

        Conclude();
    }

    /// <summary>Runs a command over a hostile file.</summary>
    /// <param name="file">What its error must name: the file, or what the names of the files begin with.</param>
    /// <param name="expected">The status it must end with; null where an answer and a refusal are both right.</param>
    /// <param name="arguments">The command.</param>
    private void Check(string file, int? expected, params string[] arguments)
    {
        _commands++;
        var clock = Stopwatch.StartNew();
        using var process = Layergrad.Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var reading = process.StandardError.ReadToEndAsync();
        var isInTime = process.WaitForExit(s_longest);
        if (!isInTime)
            process.Kill();
        process.WaitForExit();
        var (status, errors) = (process.ExitCode, reading.Result + (process.ExitCode == 0 ? "" : output.Result));
        string[] told = [.. errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        log.WriteLine($"{string.Join(' ', arguments.Take(2))} {file}: {status} in {clock.Elapsed.TotalSeconds:0.0} s: {errors.Trim()}");
        var fault = !isInTime ? "takes more than 10 s"
            : status is not (0 or 2) || (expected is not null && status != expected) ? $"ends with {status}"
            : errors.Contains("this should not have happened", StringComparison.Ordinal) || told.Any(line => line.StartsWith("   at ", StringComparison.Ordinal)) ? "breaks down"
            : status == 2 && (told.Length != 1 || !told[0].StartsWith("layergrad: ", StringComparison.Ordinal) || !told[0].Contains(file, StringComparison.Ordinal)) ? "is not one line that names the file"
            : null;
        if (fault is not null)
            _failures.Add($"{string.Join(' ', arguments)}: {fault}: {errors.Trim()}");
    }

    private void Conclude() => _failures.ShouldBeEmpty($"{_failures.Count} of {_commands} commands:\n{string.Join('\n', _failures)}");
}
