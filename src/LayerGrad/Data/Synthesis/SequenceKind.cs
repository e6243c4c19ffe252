using System.Globalization;

namespace LayerGrad.Data.Synthesis;

/// <summary>The next number of a sequence that grows or falls by the same amount.</summary>
internal sealed class SequenceKind : ProblemKind
{
    private static readonly string[] s_wordings =
    [
        "Which number comes next: {0}?", "What is the next number in {0}?", "Continue the sequence {0} by one number.", "{0}: what comes after that?",
    ];

    public override string Name => "sequence";

    public override SyntheticProblem Create(SeededRandom random)
    {
        var count = Between(random, 3, 5);
        var difference = Between(random, 2, Largest / (count + 1));
        var lowest = Between(random, 0, Largest - (count * difference));
        var grows = random.Next(2) == 0;
        var terms = Enumerable.Range(0, count + 1).Select(i => lowest + ((grows ? i : count - i) * difference)).ToArray();
        var shown = string.Join(", ", terms[..count]);
        var (high, low) = (Math.Max(terms[0], terms[1]), Math.Min(terms[0], terms[1]));
        var found = $"{high} - {low} = {difference}.";
        var next = $"{terms[count - 1]} {(grows ? '+' : '-')} {difference} = {terms[count]}.";
        return new SyntheticProblem(
            Name,
            $"{Name} {shown}",
            string.Format(CultureInfo.InvariantCulture, Choose(random, s_wordings), shown),
            terms[count].ToString(CultureInfo.InvariantCulture),
            [found, next],
            [
                $"The numbers become {(grows ? "larger" : "smaller")} from one to the next.",
                $"The first two differ by {found}",
                $"The last number is {terms[count - 1]}, so we {(grows ? "add" : "subtract")} {difference}: {next}",
            ]);
    }
}
