using System.Reflection;
using System.Text.RegularExpressions;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Runs;

/// <summary>A key of run files is spelled once in the source.</summary>
public sealed partial class RunKeyTests
{
    private static readonly string s_source = Path.Combine(Shared.Repository, "src");

    /// <summary>Where a key's word stands for something else: a field of datasets, of a foreign configuration.</summary>
    private static readonly HashSet<(string Word, string Place)> s_elsewhere =
    [
        (RunKeys.Instruction, "LayerGrad/Examples/"),
        (RunKeys.Instruction, "LayerGrad/Data/DatasetFile.cs"),
        (RunKeys.Metadata.MaxLength, "LayerGrad/Decoders/Families/Reading/NeutralFields.cs"),
    ];

    private static readonly string[] s_keys =
    [
        .. new[] { typeof(RunKeys), typeof(RunKeys.Metadata), typeof(RunKeys.Kernel) }
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => (string)field.GetRawConstantValue()!),
        .. Statistic.All.Select(statistic => statistic.Key),
    ];

    [Fact]
    public void The_table_names_no_key_twice()
    {
        s_keys.GroupBy(key => key, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();
        s_keys.Length.ShouldBeGreaterThan(60);
    }

    /// <summary>A word such as <c>router_near_ties</c> means one thing, so it may stand nowhere else, whatever for.</summary>
    [Fact]
    public void A_key_that_is_no_common_word_stands_in_its_table_alone()
    {
        var telling = s_keys.Where(key => key.Contains('_') || key == RunKeys.Instruction).ToHashSet(StringComparer.Ordinal);
        telling.ShouldContain(RunKeys.NearTies);
        telling.ShouldContain(Statistic.SingularSum.Key);

        var found = Literals().Where(literal => telling.Contains(literal.Text) && !IsTable(literal.File))
            .Where(literal => !s_elsewhere.Any(place => place.Word == literal.Text && literal.File.StartsWith(place.Place, StringComparison.Ordinal)));

        found.Select(literal => $"{literal.File}:{literal.Line}: \"{literal.Text}\"").ShouldBeEmpty();
    }

    /// <summary>A common word such as <c>index</c> may stand elsewhere; as the key of JSON that is written or read for a run, only in the table.</summary>
    [Fact]
    public void Where_run_files_are_written_and_read_every_key_comes_from_the_table()
    {
        var found = Lines("LayerGrad/Runs/").Concat(Lines("LayerGrad/Measuring/")).Where(line => !IsTable(line.File))
            .SelectMany(line => KeyPosition().Matches(line.Text).Select(match => (line.File, line.Number, Key: match.Groups["key"].Value)))
            .Where(use => s_keys.Contains(use.Key, StringComparer.Ordinal))
            .Where(use => !use.File.EndsWith("Protocols/ConversationFile.cs", StringComparison.Ordinal)); // a conversation's own fields

        found.Select(use => $"{use.File}:{use.Number}: \"{use.Key}\"").ShouldBeEmpty();
    }

    private static bool IsTable(string file) => file is "LayerGrad/Runs/RunKeys.cs" or "LayerGrad/Runs/Statistics/Statistic.cs";

    private static IEnumerable<(string File, int Line, string Text)> Literals() =>
        Lines("").SelectMany(line => Literal().Matches(line.Text).Select(match => (line.File, line.Number, match.Groups["text"].Value)));

    private static IEnumerable<(string File, int Number, string Text)> Lines(string below) =>
        Directory.EnumerateFiles(Path.Combine(s_source, below), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path: path, File: Path.GetRelativePath(s_source, path).Replace('\\', '/')))
            .Where(file => !file.File.Contains("/obj/", StringComparison.Ordinal) && !file.File.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file.Path).Select((text, i) => (file.File, i + 1, text)))
            .Where(line => !line.text.TrimStart().StartsWith("//", StringComparison.Ordinal));

    [GeneratedRegex("\"(?<text>[A-Za-z_0-9]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Literal();

    [GeneratedRegex("""(Write\w*|Find|FindOrNull|Has|Require|Text|OptionalText|Int|OptionalInt|Double|OptionalDouble|Object|OptionalObject|Array|OptionalArray|Flag|GetProperty|TryGetProperty|ValueTextEquals|Below)\((writer, )?"(?<key>\w+)"(u8)?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex KeyPosition();
}
