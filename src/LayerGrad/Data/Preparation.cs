using LayerGrad.Data.Sources;
using LayerGrad.Examples;

namespace LayerGrad.Data;

/// <summary>
/// Makes the study's datasets from the public files of their sources: None (the answer), Simplified (the source's
/// rationale, then the answer) and, where the source records have one, Detailed; with the wording, down to the white
/// space, that the original study's data has.
/// </summary>
internal static class Preparation
{
    private static readonly IQuestionSource[] s_questionSources =
        [new Gsm8kSource(), new AquaSource(), new StrategyQaSource(), new EcqaSource(), new CreakSource(), new SensemakingSource()];

    /// <summary>The names of the sources.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["gsm8k", "aqua", "math", "strategyqa", "ecqa", "creak", "sensemaking", "knowledge"];

    /// <summary>Reads a source and draws a sample.</summary>
    /// <param name="source">One of <see cref="Sources"/>.</param>
    /// <param name="paths">The source's own files, or folders of them; for six sources also FLAN's <c>.tsv</c>.</param>
    /// <param name="sample">The number of records to draw without replacement; all, in random order, where there are fewer.</param>
    /// <param name="seed">Equal seeds give equal samples on every machine.</param>
    /// <returns>The datasets, by the file names of the original study.</returns>
    /// <exception cref="InputException">There is no such source, a file is not in its format, or a sample of no records is asked for.</exception>
    public static IReadOnlyList<PreparedDataset> Prepare(string source, IEnumerable<string> paths, int sample, ulong seed)
    {
        if (sample < 1)
            throw new InputException($"--sample {sample}: draw at least one record.");
        var files = SourceReader.Files(paths);
        var random = new SeededRandom(seed);
        return source switch
        {
            "math" => [.. MathSource.Prepare(files, sample, random)],
            "knowledge" => [.. KnowledgeSource.Prepare(files, sample, random)],
            _ => [.. PrepareQuestions(Find(source, files), files, sample, random)],
        };
    }

    /// <summary>A random sample in random order; everything, in random order, where there is no more.</summary>
    internal static List<T> Draw<T>(IReadOnlyList<T> records, int sample, SeededRandom random) =>
        [.. random.Sample(records.Count, Math.Min(sample, records.Count)).Select(i => records[i])];

    private static IQuestionSource Find(string name, IReadOnlyList<string> files)
    {
        var source = Array.Find(s_questionSources, candidate => candidate.Name == name)
            ?? throw new InputException($"'{name}' is no source; choose one of {string.Join(", ", Sources)}.");
        return files.All(file => Path.GetExtension(file) == ".tsv") ? new FlanSource(name) : source;
    }

    private static IEnumerable<PreparedDataset> PrepareQuestions(IQuestionSource source, IReadOnlyList<string> files, int sample, SeededRandom random)
    {
        var all = source.Read(files, random).Select(AsTheStudyReadIt).ToList();
        if (all.Count == 0)
            throw new InputException($"{string.Join(", ", files)}: no records.");
        var questions = Draw(all, sample, random);
        yield return Dataset("no_cot", question => question.Answer);
        yield return Dataset("with_cot", question => $"{question.Rationale}\nThe final answer is {question.Answer}");
        if (questions.TrueForAll(question => question.Detailed is not null))
            yield return Dataset("with_cot_gpt4o", question => question.Detailed!);

        PreparedDataset Dataset(string setting, Func<Question, string> output) =>
            new($"{source.Name}_train_{setting}.json", [.. questions.Select((question, i) => new Example(i, question.Instruction, "", output(question)))]);
    }

    private static Question AsTheStudyReadIt(Question question) => question with
    {
        Instruction = StudyText.Unquote(question.Instruction),
        Answer = StudyText.Unquote(question.Answer),
        Rationale = StudyText.Unquote(question.Rationale),
    };
}
