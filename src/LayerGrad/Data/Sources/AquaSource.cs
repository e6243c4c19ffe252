using System.Text.RegularExpressions;

namespace LayerGrad.Data.Sources;

/// <summary>
/// AQuA-RAT (Ling et al. 2017, arXiv:1705.04146): JSON Lines of <c>question</c>, <c>options</c> (<c>A)300</c> and so
/// on), <c>rationale</c> and <c>correct</c> (the option's letter).
/// </summary>
internal sealed partial class AquaSource : IQuestionSource
{
    public string Name => "aqua";

    public IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random)
    {
        foreach (var record in SourceReader.Records(files))
        {
            var options = record.List("options").Select(option => Letter().Replace(option.Trim(), "($1) "));
            var correct = record.Text("correct").Trim();
            if (correct.Length != 1 || correct[0] is < 'A' or > 'E')
                throw new InputException($"{record.Place}: `correct` is '{correct}'; it should be the letter of an option, A to E.");
            var rationale = ClosingAnswer().Replace(record.Text("rationale").Trim(), "").TrimEnd();
            yield return new Question(
                StudyText.Escape(record.Text("question").Trim() + "\nOptions:\n" + string.Join('\n', options)),
                $"({correct})",
                StudyText.Escape(rationale.Length > 0 ? rationale : record.Text("rationale").Trim()),
                record.OptionalText("detailed"));
        }
    }

    [GeneratedRegex(@"^\(?([A-E])\s*\)\s*")]
    private static partial Regex Letter();

    // "Answer: C", "The answer is B.", "CORRECT OPTION: OPTION E", a lone "D": the study's rationales end before it.
    [GeneratedRegex(@"(?:^|(?<=[.\n])\s*)(?:(?:hence|so|therefore|thus|the|correct|right|is|answer|ans|option|choice|our|my)\b[\s,:.\-=]*)*\(?[A-E]\)?\s*[.!]*\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex ClosingAnswer();
}
