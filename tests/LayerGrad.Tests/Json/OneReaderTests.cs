using System.Text.RegularExpressions;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Json;

/// <summary>Foreign JSON is read in one place, so that every error names file and path.</summary>
public sealed partial class OneReaderTests
{
    /// <summary>Files that may read JSON otherwise, or folders where they end in a slash, each with the reason.</summary>
    private static readonly (string Path, string Reason)[] Exceptions =
    [
        ("LayerGrad/Analysis/RunReader.cs", "hot lines of runs: Utf8JsonReader, errors with line and key"),
        ("LayerGrad/Checkpoints/CheckpointWriter.cs", "writes JSON"),
        ("LayerGrad/Tokenizers/Training/TokenizerJsonWriter.cs", "writes JSON"),

        // Not yet converted.
        ("LayerGrad/Reports/TokenShares.cs", "lines of token shares: errors name the line, not yet the key"),
        ("LayerGrad/Training/TrainingRecord.cs", "compares what it wrote itself, value by value"),
        ("LayerGrad/Training/TrainingInputs.cs", "holds the document of Checkpoints/JsonFile"),
        ("LayerGrad.Cli/Commands/TokenizeCommand.cs", "the command line does not see LayerGrad.Json"),
        ("LayerGrad/Checkpoints/", "being converted"),
        ("LayerGrad/Decoders/Families/", "being converted"),
        ("LayerGrad/Tokenizers/", "being converted"),
        ("LayerGrad/ChatTemplates/", "being converted"),
    ];

    [Fact]
    public void Foreign_json_is_read_through_one_reader()
    {
        var source = Path.Combine(Shared.Repository, "src");
        var failures =
            from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            let name = Path.GetRelativePath(source, file).Replace('\\', '/')
            where !name.Contains("/obj/", StringComparison.Ordinal) && !name.StartsWith("LayerGrad/Json/", StringComparison.Ordinal)
            where !Exceptions.Any(exception => exception.Path.EndsWith('/') ? name.StartsWith(exception.Path, StringComparison.Ordinal) : name == exception.Path)
            from line in File.ReadLines(file).Select((text, number) => (Text: text, Number: number + 1))
            where Forbidden().IsMatch(line.Text)
            select $"{name}:{line.Number}: {line.Text.Trim()}";
        string.Join('\n', failures).ShouldBeEmpty();
    }

    [GeneratedRegex(@"(\bTry)?GetProperty\(|\bGet(Int32|Int64|Double|Boolean)\(|\bGetString\(\)|\bEnumerate(Array|Object)\(|\bJson(Document|Node)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Forbidden();
}
