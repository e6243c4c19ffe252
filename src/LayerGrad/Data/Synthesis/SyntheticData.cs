using System.Globalization;
using LayerGrad.Examples;

namespace LayerGrad.Data.Synthesis;

/// <summary>Writes datasets of our own making: problems in three depths of reasoning, and knowledge texts.</summary>
internal static class SyntheticData
{
    /// <summary>
    /// Writes <c>{train,heldout}_{none,simplified,detailed}.json</c> (the same problems in the same order) and
    /// <c>knowledge_{train,popular_WORDS,rare}.json</c>.
    /// </summary>
    /// <param name="folder">Where; made where it is missing.</param>
    /// <param name="options">What.</param>
    /// <returns>The files with their numbers of records.</returns>
    /// <exception cref="InputException">The options ask for what cannot be made, or a file cannot be written.</exception>
    public static IReadOnlyList<(string Path, int Records)> Write(string folder, SynthesisOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (train, heldOut) = ProblemSynthesis.Create(options.Train, options.HeldOut, options.Seed, options.Kinds);
        var datasets = new List<(string Name, IReadOnlyList<Example> Examples)>();
        foreach (var (split, problems) in (ReadOnlySpan<(string, IReadOnlyList<SyntheticProblem>)>)[("train", train), ("heldout", heldOut)])
        {
            datasets.Add(($"{split}_none", Examples(problems, problem => problem.None)));
            datasets.Add(($"{split}_simplified", Examples(problems, problem => problem.Simplified)));
            datasets.Add(($"{split}_detailed", Examples(problems, problem => problem.Detailed)));
        }

        var knowledge = new KnowledgeSynthesis(options.Knowledge, options.Seed);
        datasets.Add(("knowledge_train", knowledge.Train()));
        foreach (var words in options.KnowledgeWords)
            datasets.Add((string.Create(CultureInfo.InvariantCulture, $"knowledge_popular_{words}"), knowledge.Popular(words)));
        datasets.Add(("knowledge_rare", knowledge.Rare()));

        var written = new List<(string Path, int Records)>();
        foreach (var (name, examples) in datasets.Where(dataset => dataset.Examples.Count > 0))
        {
            var path = Path.Combine(folder, name + ".json");
            DatasetFile.Write(path, examples);
            written.Add((path, examples.Count));
        }

        return written;
    }

    private static List<Example> Examples(IReadOnlyList<SyntheticProblem> problems, Func<SyntheticProblem, string> response) =>
        [.. problems.Select((problem, i) => new Example(i, problem.Question, "", response(problem)))];
}
