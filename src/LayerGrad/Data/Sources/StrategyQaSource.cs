namespace LayerGrad.Data.Sources;

/// <summary>
/// StrategyQA (Geva et al. 2021, arXiv:2101.02235): a JSON array of <c>question</c>, <c>answer</c> (a Boolean) and
/// <c>facts</c>; the rationale is its facts one after another. The study's data lost double spaces in them whole, and
/// the words beside them grew together; so they do here.
/// </summary>
internal sealed class StrategyQaSource : IQuestionSource
{
    public string Name => "strategyqa";

    public IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random)
    {
        foreach (var record in SourceReader.Records(files))
        {
            var facts = record.List("facts").Select(fact => StudyText.EndWithStop(fact.Trim().Replace("  ", "", StringComparison.Ordinal).Replace('\t', ' ')));
            yield return new Question(record.Text("question"), record.Truth("answer") ? "yes" : "no", string.Join(' ', facts), record.OptionalText("detailed"));
        }
    }
}
