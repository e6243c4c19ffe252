namespace LayerGrad.Analysis;

/// <summary>Names for runs in tables and figures.</summary>
internal static class RunLabels
{
    /// <summary>The label of each run, then of each matched run: those that the user gave, else made from the file names.</summary>
    /// <param name="options">The comparison.</param>
    /// <param name="sameOutputs">For each run with a matched one, whether both have the same outputs.</param>
    internal static string[] For(ComparisonOptions options, bool[] sameOutputs)
    {
        var labels = options.Labels.Count > 0 ? options.Labels.ToList() : [.. FromPaths(options.Runs)];
        if (labels.Count > options.Runs.Count || options.Against.Count == 0)
            return [.. labels];
        for (var i = 0; i < options.Against.Count; i++)
        {
            var kind = sameOutputs[i] ? "other model" : "irrelevant";
            labels.Add(options.Against.Count < options.Runs.Count ? kind : $"{labels[i]}, {kind}");
        }

        return [.. labels];
    }

    /// <summary>File names without what all of them share at the beginning, word by word; with their folders where names are the same.</summary>
    /// <param name="paths">The run files.</param>
    public static IReadOnlyList<string> FromPaths(IReadOnlyList<string> paths)
    {
        string[] names = [.. paths.Select(path => Path.GetFileNameWithoutExtension(path))];
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
            names = [.. paths.Select(path => Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) + "/" + Path.GetFileNameWithoutExtension(path))];
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
            return [.. names.Select((name, i) => FormattableString.Invariant($"{name} ({i + 1})"))];
        var shared = names.Length < 2 ? 0 : Enumerable.Range(0, names[0].Length).TakeWhile(i => names.All(name => name.Length > i + 1 && name[i] == names[0][i])).Count();
        var cut = shared == 0 ? 0 : names[0].LastIndexOfAny(['_', '-', '.', '/'], shared - 1) + 1;
        return [.. names.Select(name => name[cut..])];
    }
}
