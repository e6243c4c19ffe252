using System.Text.RegularExpressions;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Models;

/// <summary>Devices are made in one place, and models are opened in one place, so that every command does it alike.</summary>
public sealed partial class OneLoaderTests
{
    private static readonly string[] s_homes = ["LayerGrad/Compute/DeviceFactory.cs", "LayerGrad/Models/ModelLoader.cs", "LayerGrad/Models/LoadedModel.cs"];

    [Fact]
    public void Nothing_else_makes_a_device_or_opens_a_model()
    {
        var failures =
            from line in Lines()
            where !s_homes.Contains(line.File) && !line.File.StartsWith("LayerGrad/Compute/Cpu/", StringComparison.Ordinal) && Forbidden().IsMatch(line.Text)
            select $"{line.File}:{line.Number}: {line.Text.Trim()}";
        string.Join('\n', failures).ShouldBeEmpty();
    }

    [Fact]
    public void The_homes_do_what_is_forbidden_elsewhere()
    {
        foreach (var home in s_homes)
            Lines().Where(line => line.File == home).ShouldContain(line => Forbidden().IsMatch(line.Text), home);
    }

    /// <summary>The lines of the source that are no comments.</summary>
    private static IEnumerable<(string File, int Number, string Text)> Lines()
    {
        var source = Path.Combine(Shared.Repository, "src");
        return
            from path in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            let file = Path.GetRelativePath(source, path).Replace('\\', '/')
            where !file.Contains("/obj/", StringComparison.Ordinal)
            from line in File.ReadLines(path).Select((text, number) => (File: file, Number: number + 1, Text: text))
            where !line.Text.TrimStart().StartsWith("//", StringComparison.Ordinal)
            select line;
    }

    /// <summary>What knows one device among others, opens a checkpoint, loads a tokenizer or a template, or looks for a model on the hub.</summary>
    [GeneratedRegex(
        @"\bCpuDevice<|\bCheckpoint\.Open\(|CheckpointBinding\.Of\(|new CheckpointParameters<"
            + @"|\bTokenizer\.(Load|FromGguf)\(|TokenizerConfig\.(Load|FromGguf)\(|ModelResolver\.Resolve(Async)?\(",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Forbidden();
}
