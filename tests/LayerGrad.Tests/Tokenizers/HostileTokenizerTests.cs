using System.Diagnostics;
using System.Text.Json.Nodes;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>The tokenizer files that once brought a reader down: each gives a result or one clean line, in time and within memory.</summary>
public class HostileTokenizerTests(ITestOutputHelper output)
{
    private static readonly string s_instruction = new string('a', 60) + "!";

    /// <summary>Processor time; a busy machine takes longer on the wall.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    private static readonly string[] s_replaceable = ["tokenizer.json", "tokenizer_config.json"];

    [SharedFact]
    public void Hostile_tokenizer_files_give_a_result_or_one_clean_line()
    {
        var failures = new List<string>();
        var cases = Files().ToList();
        cases.Count.ShouldBe(18);
        foreach (var (name, files) in cases)
        {
            using var folder = new TemporaryFolder();
            var model = MakeModel(folder, files);
            var data = folder.Write("data.json", new JsonArray(new JsonObject { ["instruction"] = s_instruction, ["input"] = "", ["output"] = "a b" }).ToJsonString());
            foreach (var arguments in new string[][] { ["tokenize", model, s_instruction], ["measure", "-m", model, "-d", data, "-o", folder.At("run.jsonl"), "-q", "--device", "cpu"] })
            {
                var (verdict, failure) = Run(arguments);
                output.WriteLine($"{name} {arguments[0]}: {verdict.Replace(folder.Path, "", StringComparison.Ordinal)}");
                if (failure is not null)
                    failures.Add($"{name} {arguments[0]}: {failure}: {verdict}");
            }
        }

        failures.ShouldBeEmpty(string.Join('\n', failures));
    }

    /// <summary>Each hostile case: its name and the files that go in place of those of the sound checkpoint.</summary>
    private static IEnumerable<(string Name, Dictionary<string, string> Files)> Files()
    {
        foreach (var file in Directory.GetFiles(Shared.Path("hostile", "tokenizers")).Order(StringComparer.Ordinal))
            yield return (Path.GetFileName(file), new() { ["tokenizer.json"] = file });
        foreach (var folder in Directory.GetDirectories(Shared.Path("hostile", "mutated", "tok")).Order(StringComparer.Ordinal))
            yield return (Path.GetFileName(folder)!, Directory.GetFiles(folder).ToDictionary(file => Path.GetFileName(file)!));
    }

    private static string MakeModel(TemporaryFolder folder, Dictionary<string, string> files)
    {
        files.Keys.ShouldBeSubsetOf(s_replaceable);
        var model = Directory.CreateDirectory(folder.At("model")).FullName;
        foreach (var file in Directory.GetFiles(Shared.Path("models", "tiny", "llama2")))
            File.Copy(files.GetValueOrDefault(Path.GetFileName(file), file), Path.Combine(model, Path.GetFileName(file)));
        foreach (var (name, file) in files.Where(entry => !File.Exists(Path.Combine(model, entry.Key))))
            File.Copy(file, Path.Combine(model, name));
        return model;
    }

    /// <summary>Runs the program with at most 1 GiB of managed memory; says what it gave, and what is wrong with that.</summary>
    private static (string Verdict, string? Failure) Run(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LayerGrad.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = "40000000"; // hexadecimal
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(50)))
        {
            if (!IsTooLong(process))
                continue;
            process.Kill();
            process.WaitForExit();
            return ("", "takes more than 10 s");
        }

        var lines = errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (process.ExitCode == 0)
            return ($"0 {output.Result.Trim()}", null);
        var isClean = process.ExitCode is 1 or 2 && lines.Length == 1 && !lines[0].Contains("Exception", StringComparison.Ordinal);
        return ($"{process.ExitCode} {string.Join('\n', lines)}", isClean ? null : "no clean line");
    }

    private static bool IsTooLong(Process process)
    {
        try
        {
            return process.TotalProcessorTime > s_longest;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It ended in the meantime, before or while it was asked.
            return false;
        }
    }
}
