using System.Text.RegularExpressions;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Json;

/// <summary>Foreign JSON is read in one place, so that every error names file and path.</summary>
public sealed partial class OneReaderTests
{
    /// <summary>Files that may read JSON otherwise, each with the reason.</summary>
    private static readonly (string Path, string Reason)[] s_exceptions =
    [
        ("LayerGrad/Runs/RunReader.cs", "hot lines of runs: Utf8JsonReader, errors with line and key"),
    ];

    [Fact]
    public void Foreign_json_is_read_through_one_reader()
    {
        var source = Path.Combine(Shared.Repository, "src");
        var failures =
            from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            let name = Path.GetRelativePath(source, file).Replace('\\', '/')
            where !name.Contains("/obj/", StringComparison.Ordinal) && !name.StartsWith("LayerGrad/Json/", StringComparison.Ordinal)
            where !s_exceptions.Any(exception => name == exception.Path)
            from line in File.ReadLines(file).Select((text, number) => (Text: text, Number: number + 1))
            where Forbidden().IsMatch(line.Text)
            select $"{name}:{line.Number}: {line.Text.Trim()}";
        string.Join('\n', failures).ShouldBeEmpty();
    }

    /// <summary>What reads JSON; a cast to JsonNode does not: it stands where JSON is written.</summary>
    [GeneratedRegex(@"(\bTry)?GetProperty\(|\bGet(Int32|Int64|Double|Boolean)\(|\bGetString\(\)|\bEnumerate(Array|Object)\(|\bJsonDocument\b|\bJsonNode\.Parse", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Forbidden();
}
