using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests;

/// <summary>One pass from left to right: a folder of the library uses only what stands to its left.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>The folders of <c>src/LayerGrad</c> from left to right, as the table of <c>docs/architecture.md</c> lists them.</summary>
    private static readonly string[] s_folders =
    [
        "Common", "Json", "Compute", "Examples", "Tokenizers", "ChatTemplates", "Checkpoints", "Hub", "Decoders", "Models", "Gradients", "Runs", "Measuring",
        "Analysis", "Figures", "Reports", "Training", "Data", "Studies", "Library",
    ];

    private static readonly Lazy<Architecture> s_architecture = new(() => new ArchLoader().LoadAssemblies(typeof(InputException).Assembly).Build());

    /// <summary>Where the types stand that are in no folder's namespace but in the library's own, which its users see: by the file of their name.</summary>
    private static readonly Lazy<Dictionary<string, int>> s_placeOfPublicTypes = new(() =>
    {
        var source = Path.Combine(Shared.Repository, "src", "LayerGrad");
        return (
            from folder in s_folders
            from file in Directory.EnumerateFiles(Path.Combine(source, folder), "*.cs", SearchOption.AllDirectories)
            where File.ReadLines(file).Contains("namespace LayerGrad;", StringComparer.Ordinal)
            select (Name: Path.GetFileNameWithoutExtension(file), Place: Array.IndexOf(s_folders, folder)))
            .ToDictionary(type => type.Name, type => type.Place, StringComparer.Ordinal);
    });

    [Fact]
    public void Every_folder_has_its_place_in_the_order()
    {
        var folders = Directory.GetDirectories(Path.Combine(Shared.Repository, "src", "LayerGrad"))
            .Select(path => Path.GetFileName(path)).Where(name => name is not ("bin" or "obj"));
        folders.ShouldBe(s_folders, ignoreOrder: true);
        var documented = Rows().Matches(File.ReadAllText(Path.Combine(Shared.Repository, "docs", "architecture.md")))
            .Select(row => row.Groups["folder"].Value);
        documented.ShouldBe(s_folders);
    }

    [Fact]
    public void A_folder_uses_only_what_stands_to_its_left()
    {
        var uses =
            from type in s_architecture.Value.Types
            let own = Place(type)
            where own >= 0
            from dependency in type.Dependencies
            where dependency.Target is not GenericParameter && Place(dependency.Target) > own
            select $"{type.FullName} uses {dependency.Target.FullName}";
        string.Join('\n', uses.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void The_check_sees_the_uses_that_there_are()
    {
        var seen =
            from type in s_architecture.Value.Types
            from dependency in type.Dependencies
            where Place(type) >= 0 && Place(dependency.Target) >= 0
            select (From: s_folders[Place(type)], To: s_folders[Place(dependency.Target)]);
        seen.ShouldContain(("Decoders", "Compute"));
        seen.ShouldContain(("Studies", "Measuring"));
        seen.ShouldContain(("Gradients", "Decoders"));
    }

    [Fact]
    public void Native_calls_and_pointers_stand_in_compute_alone()
    {
        var source = Path.Combine(Shared.Repository, "src");
        var elsewhere =
            from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            let name = Path.GetRelativePath(source, file).Replace('\\', '/')
            where !name.Contains("/obj/", StringComparison.Ordinal) && !name.StartsWith("LayerGrad/Compute/", StringComparison.Ordinal)
            from line in File.ReadLines(file)
            where Native().IsMatch(line)
            select $"{name}: {line.Trim()}";
        string.Join('\n', elsewhere).ShouldBeEmpty();
    }

    /// <summary>Where a type's folder stands; -1 where it is none of the library's.</summary>
    private static int Place(IType type)
    {
        var name = type.Namespace?.FullName ?? "";
        if (name == nameof(LayerGrad))
            return s_placeOfPublicTypes.Value.GetValueOrDefault(type.Name.Split('`', '+')[0], -1);
        return name.StartsWith("LayerGrad.", StringComparison.Ordinal) ? Array.IndexOf(s_folders, name.Split('.')[1]) : -1;
    }

    [GeneratedRegex(@"^\| `(?<folder>[A-Za-z]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rows();

    [GeneratedRegex(@"^\s*((public|internal|private|protected|static|sealed|readonly|partial|override|async) )*unsafe\b|\[(LibraryImport|DllImport)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Native();
}
