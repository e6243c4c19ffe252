namespace LayerGrad.Data.Sources;

/// <summary>
/// Sensemaking, or ComVE (Wang et al. 2020, SemEval task 4, arXiv:2007.00236). Its files are tables: sentence pairs
/// (<c>id,sent0,sent1</c>), which of a pair is against common sense (<c>id,0|1</c>) and three reasons each
/// (<c>id,reason,reason,reason</c>), the last two without a header; they are told apart by their columns. The one
/// table of the authors' <c>train.csv</c> (<c>Correct Statement</c>, <c>Incorrect Statement</c>, <c>Right Reason1</c>
/// to <c>3</c>) is read as well. The study asks in one of eight ways, chosen at random for each record.
/// </summary>
internal sealed class SensemakingSource : IQuestionSource
{
    private static readonly string[] s_forms =
    [
        "Which of the following two sentences does not make sense?",
        "Of the below sentences, which one does *not* make sense?",
        "One of the following sentences is nonsensical. Which one is it?",
        "Which of the following sentences is nonsensical?",
        "Choose the sentence that goes against common sense.",
        "Of the following two sentences, which one is against common sense?",
        "Which of these sentences doesn't make sense?",
        "Pick which sentence is not logical.",
    ];

    private static readonly string[] s_reasons = ["Right Reason1", "Right Reason2", "Right Reason3"];

    public string Name => "sensemaking";

    public IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random) =>
        files.Any(IsOneTable) ? ReadOneTable(files, random) : ReadThreeTables(files, random);

    private static bool IsOneTable(string file) => SourceReader.Rows(file).FirstOrDefault()?.Contains("Correct Statement") == true;

    private static IEnumerable<Question> ReadOneTable(IReadOnlyList<string> files, SeededRandom random)
    {
        foreach (var record in SourceReader.Records(files))
        {
            var wrongFirst = random.Next(2) == 0;
            string[] sentences = [record.Text("Incorrect Statement"), record.Text("Correct Statement")];
            var reasons = s_reasons.Select(name => record.OptionalText(name) ?? "");
            yield return Ask(wrongFirst ? sentences : [.. sentences.Reverse()], wrongFirst ? 0 : 1, reasons, record.Place, random);
        }
    }

    private static IEnumerable<Question> ReadThreeTables(IReadOnlyList<string> files, SeededRandom random)
    {
        var pairs = new List<(string Id, string[] Sentences)>();
        var wrong = new Dictionary<string, int>(StringComparer.Ordinal);
        var reasons = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var row in SourceReader.Rows(file))
            {
                if (row is ["id", ..])
                    continue;
                if (row is [var pair, var first, var second])
                    pairs.Add((pair, [first, second]));
                else if (row is [var answered, "0" or "1"])
                    wrong[answered] = row[1][0] - '0';
                else if (row is [var explained, _, _, _])
                    reasons[explained] = row[1..];
                else
                    throw new InputException($"{file}: a row of {row.Length} cells; Sensemaking's tables are id,sent0,sent1; id,answer; id,reason,reason,reason.");
            }
        }

        if (pairs.Count == 0 || wrong.Count == 0 || reasons.Count == 0)
            throw new InputException($"{string.Join(", ", files)}: sensemaking needs three tables: the sentence pairs, the answers, and the reasons (subtasks A and C).");
        foreach (var (id, sentences) in pairs)
        {
            if (wrong.TryGetValue(id, out var which) && reasons.TryGetValue(id, out var given))
                yield return Ask(sentences, which, given, $"{string.Join(", ", files)}: record {id}", random);
        }
    }

    private static Question Ask(string[] sentences, int wrong, IEnumerable<string> reasons, string place, SeededRandom random)
    {
        var form = s_forms[random.Next(s_forms.Length)];

        // The study's reasons are whole sentences; the longest says most.
        var reason = reasons.Select(text => StudyText.JoinSpaces(text.Trim()))
            .OrderByDescending(text => text.EndsWith('.')).ThenByDescending(text => text.Length).First();
        if (reason.Length == 0)
            throw new InputException($"{place} has no reason; is this the right source?");
        var instruction = $"{form}\nOptions:\n- Sentence A: \"{sentences[0].Trim()}\"\n- Sentence B: \"{sentences[1].Trim()}\"\n";
        return new Question(StudyText.Escape(instruction), wrong == 0 ? "Sentence A" : "Sentence B", StudyText.EndWithStop(reason), null);
    }
}
