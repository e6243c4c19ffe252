using System.Globalization;

namespace LayerGrad.Data.Synthesis;

/// <summary>Somebody has things, gets more and gives some away; how many are left.</summary>
internal sealed class StoryKind : ProblemKind
{
    private static readonly string[] s_gains = ["buys {0} more", "finds {0} more", "gets {0} more from a friend", "wins {0} more"];
    private static readonly string[] s_losses = ["gives away {0}", "loses {0}", "sells {0}", "gives {0} to a friend"];
    private static readonly string[] s_openings = ["{0} has {1} {2}.", "At first {0} has {1} {2}.", "{0} starts with {1} {2}."];
    private static readonly string[] s_questions = ["How many {2} does {0} have now?", "How many {2} does {1} have in the end?", "How many {2} are there in the end?"];

    public override string Name => "story";

    public override SyntheticProblem Create(SeededRandom random)
    {
        var (name, pronoun) = Choose(random, Words.People);
        var things = Choose(random, Words.Things).Many;
        var value = Between(random, 5, 60);
        var key = $"{Name} {things} {value}";
        List<string> sentences = [Format(Choose(random, s_openings), name, value, things)];
        var derivation = new List<string>();
        List<string> explanation = [$"At the start {name} has {value} {things}."];
        var steps = Between(random, 2, 3);
        for (var i = 0; i < steps; i++)
        {
            var step = SignedStep.Draw(random, value);
            var happens = Format(Choose(random, step.IsAddition ? s_gains : s_losses), step.Operand);
            sentences.Add($"{(i == 0 ? Words.Capital(pronoun) : "Then " + pronoun)} {happens}.");
            derivation.Add($"{step.Equation}.");
            explanation.Add($"{Words.Capital(pronoun)} {happens}, so we {step.Verb}: {step.Equation}.");
            key += $"{step.Sign}{step.Operand}";
            value = step.Result;
        }

        sentences.Add(Format(Choose(random, s_questions), name, pronoun, things));
        return new SyntheticProblem(Name, key, string.Join(' ', sentences), Format("{0}", value), derivation, explanation);
    }

    private static string Format(string wording, params object[] values) => string.Format(CultureInfo.InvariantCulture, wording, values);
}
