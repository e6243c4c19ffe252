using System.Text.RegularExpressions;

namespace LayerGrad.Data.Sources;

/// <summary>
/// GSM8K (Cobbe et al. 2021, arXiv:2110.14168): JSON Lines of <c>question</c> and <c>answer</c>, the answer being
/// steps, one a line, with calculator annotations <c>&lt;&lt;48/2=24&gt;&gt;</c>, and <c>#### 24</c> at the end.
/// </summary>
internal sealed partial class Gsm8kSource : IQuestionSource
{
    public string Name => "gsm8k";

    public IEnumerable<Question> Read(IReadOnlyList<string> files, SeededRandom random)
    {
        foreach (var record in SourceReader.Records(files))
        {
            var answer = record.Text("answer");
            var mark = answer.LastIndexOf("####", StringComparison.Ordinal);
            if (mark < 0)
                throw new InputException($"{record.Place}: `answer` has no final '#### ...'; is this GSM8K?");
            yield return new Question(
                StudyText.JoinSpaces(record.Text("question")),
                answer[(mark + 4)..].Trim().Replace(",", "", StringComparison.Ordinal),
                Steps(answer[..mark]),
                record.OptionalText("detailed"));
        }
    }

    /// <summary>
    /// The steps on one line, each ending in a full stop, with spaces around every operator. As in the study's data,
    /// hyphens count as operators and an empty line leaves its full stop.
    /// </summary>
    private static string Steps(string lines)
    {
        var steps = Annotations().Replace(lines, "").Trim().Split('\n', StringSplitOptions.TrimEntries);
        var text = string.Join(' ', steps.Select(step => StudyText.EndWithStop(StudyText.JoinSpaces(step))));
        return Operators().Replace(text, " $1 ").Trim();
    }

    [GeneratedRegex("<<[^>]*>>")]
    private static partial Regex Annotations();

    [GeneratedRegex(@"\s*([-+*/=])\s*")]
    private static partial Regex Operators();
}
