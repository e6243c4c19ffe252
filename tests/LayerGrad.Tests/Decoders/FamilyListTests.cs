using System.Text.RegularExpressions;
using LayerGrad.Decoders.Families;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Decoders;

/// <summary>What the documents say of the families, held against the source.</summary>
public sealed partial class FamilyListTests
{
    private const string Begin = "<!-- families: written by FamilyListTests -->", End = "<!-- end of families -->";

    /// <summary>With <c>LAYERGRAD_WRITE_README=1</c> the list is written rather than compared.</summary>
    [Fact]
    public void The_list_of_families_in_the_readme_is_that_of_the_source()
    {
        var path = Path.Combine(Shared.Repository, "README.md");
        var readme = File.ReadAllText(path);
        var (begin, end) = (readme.IndexOf(Begin, StringComparison.Ordinal), readme.IndexOf(End, StringComparison.Ordinal));
        begin.ShouldBeGreaterThanOrEqualTo(0, $"README.md has no line '{Begin}'");
        end.ShouldBeGreaterThan(begin, $"README.md has no line '{End}'");
        var list = $"{Begin}\n{List()}\n{End}";
        if (Environment.GetEnvironmentVariable("LAYERGRAD_WRITE_README") == "1")
            File.WriteAllText(path, readme[..begin] + list + readme[(end + End.Length)..]);
        else
            readme[begin..(end + End.Length)].ShouldBe(list, "write it with LAYERGRAD_WRITE_README=1 dotnet test … --filter FamilyListTests");
    }

    [Fact]
    public void Every_family_has_a_line_in_the_document_on_checkpoints_and_no_other_has()
    {
        var document = File.ReadAllText(Path.Combine(Shared.Repository, "docs", "checkpoints.md"));
        var table = document[document.IndexOf("| `model_type` |", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n\n", StringComparison.Ordinal)];
        var named = table.Split('\n').Skip(2).SelectMany(static line => Name().Matches(line.Split('|')[1]).Select(static match => match.Groups["name"].Value));
        named.Order(StringComparer.Ordinal).ShouldBe(DecoderFamilies.Names);
    }

    /// <summary>The families in alphabetical order, in lines of at most 120 columns.</summary>
    private static string List()
    {
        var (lines, line) = (new List<string>(), "");
        foreach (var word in DecoderFamilies.Names.Select((name, i) => $"`{name}`{(i == DecoderFamilies.Names.Count - 1 ? "." : ",")}"))
        {
            if (line.Length + 1 + word.Length > 120)
            {
                lines.Add(line);
                line = "";
            }

            line += line.Length == 0 ? word : $" {word}";
        }

        return string.Join('\n', [.. lines, line]);
    }

    [GeneratedRegex("`(?<name>[a-z0-9_]+)`", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
