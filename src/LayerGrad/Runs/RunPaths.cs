namespace LayerGrad.Runs;

/// <summary>The files of a run: <c>RUN.jsonl</c> and what stands beside it.</summary>
/// <param name="Lines">One line a measured example, as the user named it.</param>
public sealed record RunPaths(string Lines)
{
    /// <summary><c>RUN.meta.json</c>: what was measured and how.</summary>
    public string Metadata => Stem + ".meta.json";

    /// <summary><c>RUN.skipped.jsonl</c>: the examples that were not measured, with their reasons.</summary>
    public string Skipped => Stem + ".skipped.jsonl";

    /// <summary><c>RUN.tokens.jsonl</c>: each token's share of each gradient, with <c>--tokens</c>.</summary>
    public string Tokens => Stem + ".tokens.jsonl";

    /// <summary>What the names of files end in that stand beside <c>RUN.jsonl</c>, behind its stem.</summary>
    private static readonly string[] s_endings = [".meta.json", ".skipped.jsonl", ".tokens.jsonl", ".noise.json", ".lock"];

    /// <summary>The run beside which a file stands; null where it is not beside one that is there, or has metadata of its own.</summary>
    /// <param name="path">The file.</param>
    internal static string? RunBeside(string path)
    {
        var ending = Array.Find(s_endings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
        if (ending is null || File.Exists(new RunPaths(path).Metadata))
            return null;
        var run = path[..^ending.Length] + ".jsonl";
        return File.Exists(run) ? run : null;
    }

    /// <summary>All files that a run may have.</summary>
    internal IEnumerable<string> All => s_endings.Select(ending => Stem + ending).Prepend(Lines);

    /// <summary><c>RUN.lock</c>: there while a process writes the run.</summary>
    internal string Lock => Stem + ".lock";

    private string Stem => Lines.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? Lines[..^".jsonl".Length] : Lines;

    /// <summary>Checks that the path is not a folder.</summary>
    /// <exception cref="InputException">It is.</exception>
    internal void RefuseFolder()
    {
        if (Directory.Exists(Lines) || Lines.EndsWith(Path.DirectorySeparatorChar))
            throw new InputException($"{Lines}: --out is a folder; name a file in it, such as {Path.Combine(Lines, "run.jsonl")}.");
    }

    /// <summary>Checks that the run can be written there, and makes the folder where it is missing.</summary>
    /// <exception cref="InputException">The path is a folder, or lies below a file, or may not be written.</exception>
    internal void Prepare()
    {
        RefuseFolder();
        var folder = Path.GetDirectoryName(Path.GetFullPath(Lines))!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the folder of --out cannot be made: {error.Message}", error);
        }
    }
}
