using System.IO.Enumeration;

namespace LayerGrad.Runs;

/// <summary>Finds run files by what a user names: files, folders and patterns. What stands beside a run is not one.</summary>
internal static class RunFiles
{
    private const string Ending = ".jsonl";

    /// <summary>The run files behind some names, in their order, those of a folder or pattern by their own names.</summary>
    /// <param name="names">
    /// Run files; folders, of which all runs are taken; patterns with <c>*</c> and <c>?</c>. A file beside a run that is there (its metadata, its
    /// skipped examples, ...) is left out, so that a pattern that a shell has filled in may be given.
    /// </param>
    /// <exception cref="InputException">A folder or pattern holds no run, or only files beside runs are named.</exception>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var runs = new List<string>();
        foreach (var name in names)
        {
            if (Directory.Exists(name))
                runs.AddRange(InFolder(name));
            else if (!File.Exists(name) && IsPattern(name))
                runs.AddRange(Matching(name));
            else if (RunPaths.RunBeside(name) is null)
                runs.Add(name);
        }

        return runs.Count > 0 || names.Count == 0
            ? runs
            : throw new InputException($"{names[0]}: stands beside a run and is none itself; name {RunPaths.RunBeside(names[0])}.");
    }

    private static IEnumerable<string> InFolder(string folder)
    {
        var runs = Sorted(Directory.EnumerateFiles(folder, "*" + Ending).Where(IsRun));
        return runs.Count > 0 ? runs : throw new InputException($"{folder}: there is no run in this folder; a run file is what 'layergrad measure --out' writes.");
    }

    private static bool IsPattern(string name) => name.AsSpan().ContainsAny('*', '?');

    private static IEnumerable<string> Matching(string pattern)
    {
        var root = Path.GetPathRoot(pattern) ?? "";
        var parts = pattern[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> folders = [root];
        foreach (var part in parts[..^1])
            folders = [.. folders.SelectMany(folder => IsPattern(part) ? Entries(folder, part, wantFolders: true) : Existing(Path.Combine(folder, part)))];
        var runs = Sorted(folders.SelectMany(folder => Entries(folder, parts[^1], wantFolders: false)).Where(IsRun));
        return runs.Count > 0 ? runs : throw new InputException($"{pattern}: no run has such a name; a run file is what 'layergrad measure --out' writes.");
    }

    private static IEnumerable<string> Existing(string folder) => Directory.Exists(folder) ? [folder] : [];

    private static IEnumerable<string> Entries(string folder, string pattern, bool wantFolders)
    {
        var place = folder.Length == 0 ? "." : folder;
        var entries = wantFolders ? Directory.EnumerateDirectories(place) : Directory.EnumerateFiles(place);
        return entries.Select(entry => Path.GetFileName(entry)).Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))
            .Select(name => Path.Combine(folder, name));
    }

    private static List<string> Sorted(IEnumerable<string> paths) => [.. paths.Order(StringComparer.Ordinal)];

    /// <summary>Whether a file is a run that was begun, or whether its first line is one of a run.</summary>
    private static bool IsRun(string path)
    {
        if (!path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) || RunPaths.RunBeside(path) is not null)
            return false;
        if (File.Exists(new RunPaths(path).Metadata))
            return true;
        using var reader = new RunReader(path);
        try
        {
            return reader.Read();
        }
        catch (InputException)
        {
            return false; // Another file of JSON lines, such as a dataset.
        }
    }
}
