namespace LayerGrad.Data.Synthesis;

/// <summary>Who is the tallest (oldest, ...) of three or four people of whom pairs are compared.</summary>
internal sealed class OrderKind : ProblemKind
{
    public override string Name => "order";

    public override SyntheticProblem Create(SeededRandom random)
    {
        var people = ChooseSeveral(random, Words.People, Between(random, 3, 4)).Select(person => person.Name).ToArray();
        var (more, most, least) = Choose(random, Words.Comparisons);
        var wantsMost = random.Next(2) == 0;
        var wanted = wantsMost ? most : least;
        var facts = people.Zip(people.Skip(1), (first, second) => $"{first} is {more} than {second}.").ToArray();
        var answer = wantsMost ? people[0] : people[^1];
        var key = $"{Name} {more} {wanted} {string.Join(' ', people)}";
        var chain = string.Join(", then ", people);
        List<string> explanation = [.. facts.Select((fact, i) => i == 0 ? $"We know that {fact}" : $"We also know that {fact}")];
        explanation.Add($"So from the {most} to the {least} they are {chain}.");
        random.Shuffle(facts.AsSpan());
        var question = random.Next(2) == 0 ? $"Who is the {wanted}?" : $"Which of them is the {wanted}?";
        return new SyntheticProblem(Name, key, $"{string.Join(' ', facts)} {question}", answer, [$"{string.Join(" > ", people)}."], explanation);
    }
}
