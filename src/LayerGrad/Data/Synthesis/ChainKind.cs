using System.Globalization;

namespace LayerGrad.Data.Synthesis;

/// <summary>Each of several people has some more or fewer things than the one before; how many the last one has.</summary>
internal sealed class ChainKind : ProblemKind
{
    public override string Name => "chain";

    public override SyntheticProblem Create(SeededRandom random)
    {
        var people = ChooseSeveral(random, Words.People, Between(random, 3, 4));
        var things = Choose(random, Words.Things).Many;
        var value = Between(random, 5, 60);
        var key = $"{Name} {things} {value}";
        List<string> sentences = [$"{people[0].Name} has {value} {things}."];
        var derivation = new List<string>();
        List<string> explanation = [$"We know that {people[0].Name} has {value} {things}."];
        for (var i = 1; i < people.Length; i++)
        {
            var step = SignedStep.Draw(random, value);
            var more = step.IsAddition ? "more" : "fewer";
            var (name, before) = (people[i].Name, people[i - 1].Name);
            sentences.Add($"{name} has {step.Operand} {more} than {before}.");
            derivation.Add($"{name}: {step.Equation}.");
            explanation.Add($"{name} has {step.Operand} {more} than {before}, so we {step.Verb}: {step.Equation}.");
            key += $"{step.Sign}{step.Operand}";
            value = step.Result;
        }

        var last = people[^1].Name;
        sentences.Add(random.Next(2) == 0 ? $"How many {things} does {last} have?" : $"How many {things} does {last} own?");
        return new SyntheticProblem(Name, key, string.Join(' ', sentences), value.ToString(CultureInfo.InvariantCulture), derivation, explanation);
    }
}
