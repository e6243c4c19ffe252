using System.Globalization;
using System.Text;

namespace LayerGrad.Data.Synthesis;

/// <summary>A problem with its answer at three depths of reasoning.</summary>
/// <param name="Kind">The kind of problem.</param>
/// <param name="Key">What makes it this problem: its numbers and things, whatever the wording. Equal keys are equal problems.</param>
/// <param name="Question">The problem in words.</param>
/// <param name="Answer">The answer alone.</param>
/// <param name="Derivation">The derivation, a sentence a step.</param>
/// <param name="Explanation">The same steps with what each is for.</param>
internal sealed record SyntheticProblem(
    string Kind, string Key, string Question, string Answer, IReadOnlyList<string> Derivation, IReadOnlyList<string> Explanation)
{
    /// <summary>The response without reasoning: the answer.</summary>
    public string None => Answer;

    /// <summary>The short derivation and the answer.</summary>
    public string Simplified => $"{string.Join(' ', Derivation)} {Conclusion}";

    /// <summary>Numbered steps that explain, and the answer.</summary>
    public string Detailed
    {
        get
        {
            var text = new StringBuilder();
            for (var i = 0; i < Explanation.Count; i++)
                text.Append(CultureInfo.InvariantCulture, $"Step {i + 1}: {Explanation[i]}\n");
            return text.Append(Conclusion).ToString();
        }
    }

    private string Conclusion => $"The answer is {Answer}.";
}
