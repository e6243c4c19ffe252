namespace LayerGrad.Data.Sources;

/// <summary>
/// CREAK (Onoe et al. 2021, arXiv:2109.01653): JSON Lines of <c>sentence</c>, <c>label</c> (true or false) and
/// <c>explanation</c>. The study asks in one of seven ways, chosen at random for each record.
/// </summary>
internal sealed class CreakSource : IQuestionSource
{
    private static readonly string[] s_forms =
    [
        "Claim: \"{0}\"\nIs the claim above correct, and can it be verified by human common sense and without a web search?\nOptions:\n- yes\n- no",
        "Yes / no, is the following a verifiable fact?\n\"{0}\"",
        "Is the following a factual statement?\n\"{0}\"\nOptions:\n- yes\n- no",
        "Does the following sentence make sense?\n\"{0}\"\nOptions:\n- yes\n- no",
        "Is the following sentence factually correct?\n\"{0}\"\nOptions:\n- yes\n- no",
        "Is the following statement true?\n\"{0}\"",
        "\"{0}\"\nIs the above claim true?\nOptions:\n- yes\n- no",
    ];

    public string Name => "creak";

    public IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random)
    {
        foreach (var record in SourceReader.Records(files))
        {
            var form = s_forms[random.Next(s_forms.Length)];
            yield return new Question(
                StudyText.Escape(form.Replace("{0}", record.Text("sentence").Trim(), StringComparison.Ordinal)),
                record.Truth("label") ? "yes" : "no",
                StudyText.JoinSpaces(record.Text("explanation").Trim()),
                record.OptionalText("detailed"));
        }
    }
}
