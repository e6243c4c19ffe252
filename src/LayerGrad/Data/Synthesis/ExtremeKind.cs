using System.Globalization;

namespace LayerGrad.Data.Synthesis;

/// <summary>The largest or the smallest of several numbers.</summary>
internal sealed class ExtremeKind : ProblemKind
{
    private static readonly string[] s_wordings = ["Which number is the {0}: {1}?", "Find the {0} of the numbers {1}.", "What is the {0} number among {1}?"];

    public override string Name => "extreme";

    public override SyntheticProblem Create(SeededRandom random)
    {
        var numbers = ChooseSeveral(random, Enumerable.Range(1, Largest).ToArray(), Between(random, 3, 4));
        var wantsLargest = random.Next(2) == 0;
        var wanted = wantsLargest ? "largest" : "smallest";
        var shown = string.Join(", ", numbers);
        var best = numbers[0];
        var derivation = new List<string>();
        List<string> explanation = [$"We begin with {best}."];
        foreach (var number in numbers[1..])
        {
            var comparison = $"{best} {(best > number ? '>' : '<')} {number}";
            var changes = wantsLargest ? number > best : number < best;
            best = changes ? number : best;
            derivation.Add($"{comparison}.");
            explanation.Add($"We compare with {number}: {comparison}, so the {wanted} so far {(changes ? "becomes" : "stays")} {best}.");
        }

        return new SyntheticProblem(
            Name,
            $"{Name} {wanted} {shown}",
            string.Format(CultureInfo.InvariantCulture, Choose(random, s_wordings), wanted, shown),
            best.ToString(CultureInfo.InvariantCulture),
            derivation,
            explanation);
    }
}
