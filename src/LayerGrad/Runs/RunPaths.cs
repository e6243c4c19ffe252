using System.Globalization;

namespace LayerGrad.Runs;

/// <summary>The files of a run: <c>RUN.jsonl</c> and what stands beside it.</summary>
/// <param name="Lines">One line a measured example, as the user named it.</param>
internal sealed record RunPaths(string Lines)
{
    /// <summary><c>RUN.meta.json</c>: what was measured and how.</summary>
    public string Metadata => Stem + ".meta.json";

    /// <summary><c>RUN.skipped.jsonl</c>: the examples that were not measured, with their reasons.</summary>
    public string Skipped => Stem + ".skipped.jsonl";

    /// <summary><c>RUN.tokens.jsonl</c>: each token's share of each gradient, with <c>--tokens</c>.</summary>
    public string Tokens => Stem + ".tokens.jsonl";

    /// <summary><c>RUN.noise.json</c>: the inner products between the examples' gradients, with <c>--noise</c>.</summary>
    internal string Noise => Stem + ".noise.json";

    /// <summary><c>RUN.noise.K.json</c>: the same after K steps of a training that probes with <c>--noise</c>.</summary>
    /// <param name="step">The steps that the weights have behind them.</param>
    internal string NoiseAfter(int step) => string.Create(CultureInfo.InvariantCulture, $"{Stem}{NoiseInfix}{step}.json");

    /// <summary>The files of <see cref="NoiseAfter"/> that are there, by their steps.</summary>
    internal SortedDictionary<int, string> NoiseSteps()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(Lines))!;
        var steps = new SortedDictionary<int, string>();
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Path.GetFileName(Stem) + NoiseInfix + "*.json") : [])
        {
            if (StepOfNoise(path) is var (stem, step) && stem == Path.GetFileName(Stem))
                steps[step] = Path.Combine(Path.GetDirectoryName(Lines) ?? "", Path.GetFileName(path));
        }

        return steps;
    }

    private const string NoiseInfix = ".noise.";

    /// <summary>What the names of files end in that stand beside <c>RUN.jsonl</c>, behind its stem.</summary>
    private static readonly string[] s_endings = [".meta.json", ".skipped.jsonl", ".tokens.jsonl", ".noise.json", ".lock", ".lock.holder"];

    /// <summary>The run beside which a file stands; null where it is not beside one that is there, or has metadata of its own.</summary>
    /// <param name="path">The file.</param>
    internal static string? RunBeside(string path)
    {
        if (StepOfNoise(path) is var (stem, _))
            return Path.Combine(Path.GetDirectoryName(path) ?? "", stem + ".jsonl") is var probe && File.Exists(probe) ? probe : null;
        var ending = Array.Find(s_endings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
        if (ending is null || File.Exists(new RunPaths(path).Metadata))
            return null;
        var run = path[..^ending.Length] + ".jsonl";
        return File.Exists(run) ? run : null;
    }

    /// <summary>All files that a run may have.</summary>
    internal IEnumerable<string> All => s_endings.Select(ending => Stem + ending).Prepend(Lines);

    /// <summary>All files that some runs may have.</summary>
    /// <param name="runs">Their <c>RUN.jsonl</c>.</param>
    internal static IEnumerable<string> AllOf(IEnumerable<string> runs) => runs.SelectMany(static run => new RunPaths(run).All);

    /// <summary><c>RUN.lock</c>: there while a process writes the run.</summary>
    internal string Lock => Stem + ".lock";

    /// <summary>The run's stem and the step in the name of such a file; null for any other.</summary>
    private static (string Stem, int Step)? StepOfNoise(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var at = name.LastIndexOf(NoiseInfix, StringComparison.Ordinal);
        return at > 0 && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(at + NoiseInfix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? (name[..at], step)
            : null;
    }

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
        OutputFile.Require(Lines);
        OutputFile.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(Lines))!);
    }
}
