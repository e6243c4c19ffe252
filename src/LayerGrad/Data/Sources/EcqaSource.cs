namespace LayerGrad.Data.Sources;

/// <summary>
/// ECQA (Aggarwal et al. 2021, doi:10.18653/v1/2021.acl-long.238), joined with CommonsenseQA by its authors' script:
/// CSV with <c>q_text</c>, <c>q_op1</c> to <c>q_op5</c>, <c>q_ans</c>, <c>taskA_pos</c> (properties of the right
/// option, one a line), <c>taskA_neg</c>, <c>taskB</c>. The study's rationale is <c>taskA_pos</c>.
/// </summary>
internal sealed class EcqaSource : IQuestionSource
{
    public string Name => "ecqa";

    public IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random)
    {
        foreach (var record in SourceReader.Records(files))
        {
            var options = Enumerable.Range(1, 5).Select(i => "\n- " + record.Text($"q_op{i}").Trim());
            var properties = record.List("taskA_pos").Select(property => StudyText.EndWithStop(StudyText.JoinSpaces(property)));
            yield return new Question(
                StudyText.Escape(record.Text("q_text").Trim() + "\nOptions:" + string.Concat(options)),
                record.Text("q_ans").Trim(),
                string.Join(' ', properties),
                record.OptionalText("detailed"));
        }
    }
}
