using System.Diagnostics;
using System.Text.RegularExpressions;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Cli;

/// <summary>The commands of <c>docs/tutorial.md</c>, as a reader gives them: in their order, in one shell, without network.</summary>
public sealed partial class TutorialTests : IDisposable
{
    private static readonly string s_tutorial = Path.Combine(Shared.Repository, "docs", "tutorial.md");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_command_of_the_tutorial_works_and_shows_what_is_said_of_it()
    {
        if (OperatingSystem.IsWindows())
            return;
        var fences = Fence().Matches(File.ReadAllText(s_tutorial)).Select(match => (Kind: match.Groups["kind"].Value, Text: match.Groups["text"].Value)).ToList();
        fences.Select(fence => fence.Kind).Distinct().ShouldBe(["sh", "text"], ignoreOrder: true, "what is to be run is marked sh, and what is shown text");
        var commands = string.Concat(fences.Where(fence => fence.Kind == "sh").Select(fence => fence.Text));
        Command().Count(commands).ShouldBe(10); // As many as there are: an editor who adds one sees it counted, and none is lost to a fence that is not read.

        var (status, output) = Shell(commands);

        status.ShouldBe(0, output);
        foreach (var line in fences.Where(fence => fence.Kind == "text").SelectMany(fence => fence.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
            output.Split('\n').ShouldContain(shown => Shape(line).IsMatch(shown), $"the tutorial shows '{line}'");
        foreach (var file in (string[])["first/demo/report.html", "first/demo/figure.svg", "first/runs/none.jsonl", "first/runs/detailed.jsonl", "first/figure.svg", "first/report.html"])
            new FileInfo(_folder.At(file)).Length.ShouldBeGreaterThan(0, file);
        File.ReadLines(_folder.At("first/runs/detailed.jsonl")).Count().ShouldBe(8);
        output.ShouldContain("next:"); // What doctor ends with.
    }

    [Fact]
    public void What_the_tutorial_links_to_is_there()
    {
        var text = File.ReadAllText(s_tutorial);
        foreach (var target in Link().Matches(text).Select(match => match.Groups["target"].Value).Where(target => !target.StartsWith("http", StringComparison.Ordinal)))
        {
            var (file, place) = target.Split('#') is [var path, var anchor] ? (path, anchor) : (target, null);
            var full = Path.Combine(Shared.Repository, "docs", file);
            File.Exists(full).ShouldBeTrue(target);
            if (place is not null)
                File.ReadLines(full).Where(line => line.StartsWith('#')).Select(line => line.TrimStart('#').Trim().ToLowerInvariant().Replace(' ', '-')).ShouldContain(place, target);
        }
    }

    /// <summary>Runs commands in a folder that looks like the repository: <c>./layergrad</c> and <c>demo</c>.</summary>
    private (int Status, string Output) Shell(string commands)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "LayerGrad.Cli.dll");
        File.WriteAllText(_folder.At("layergrad"), $"#!/bin/sh\nexec dotnet '{program}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.At("layergrad"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateSymbolicLink(_folder.At("demo"), Path.Combine(Shared.Repository, "demo"));
        File.WriteAllText(_folder.At("commands.sh"), $"set -eu\n{commands}");
        var start = new ProcessStartInfo("bash", ["-c", "bash commands.sh 2>&1"]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["HF_HUB_OFFLINE"] = "1";
        start.Environment["http_proxy"] = start.Environment["https_proxy"] = "http://127.0.0.1:9"; // Nothing listens there: whoever asks the network fails.
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>A line as it stands in the tutorial, with any numbers in the place of its numbers and anything in the place of an ellipsis.</summary>
    private static Regex Shape(string line) => new(
        "^" + Number().Replace(Regex.Escape(Blanks().Replace(line.TrimEnd(), " ")), @"[\d.,:]+").Replace("…", ".*", StringComparison.Ordinal).Replace(@"\ ", @"\s+", StringComparison.Ordinal) + @"\s*$",
        RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"^```(?<kind>\w*)\n(?<text>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\./layergrad ", RegexOptions.Multiline, 1000)]
    private static partial Regex Command();

    [GeneratedRegex(@"\]\((?<target>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(" +", RegexOptions.None, 1000)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\d+(?:(?:\\\.|,|:)\d+)*", RegexOptions.None, 1000)]
    private static partial Regex Number();
}
