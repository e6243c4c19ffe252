namespace LayerGrad.Data.Synthesis;

/// <summary>Whether somebody is of a kind, by two or three statements about invented kinds.</summary>
internal sealed class SyllogismKind : ProblemKind
{
    public override string Name => "syllogism";

    public override SyntheticProblem Create(SeededRandom random)
    {
        var kinds = ChooseSeveral(random, Words.Beings, Between(random, 2, 4));
        var name = Choose(random, Words.People).Name;
        var isTrue = random.Next(2) == 0;
        var rules = new List<string>();
        List<string> derivation = [$"{name} is a {kinds[0].One}."];
        List<string> explanation = [$"We are told that {name} is a {kinds[0].One}."];
        for (var i = 1; i < kinds.Length; i++)
        {
            var excludes = !isTrue && i == kinds.Length - 1;
            var rule = excludes ? $"No {kinds[i - 1].Many} are {kinds[i].Many}." : $"All {kinds[i - 1].Many} are {kinds[i].Many}.";
            var follows = $"{name} is {(excludes ? "no" : "a")} {kinds[i].One}";
            rules.Add(rule);
            derivation.Add($"{follows}.");
            explanation.Add($"{rule[..^1]}, and {name} is a {kinds[i - 1].One}, so {follows}.");
        }

        var key = $"{Name} {isTrue} {name} {string.Join(' ', kinds.Select(kind => kind.One))}";
        var fact = $"{name} is a {kinds[0].One}.";
        var statements = random.Next(2) == 0 ? rules.Append(fact) : rules.Prepend(fact);
        return new SyntheticProblem(Name, key, $"{string.Join(' ', statements)} Is {name} a {kinds[^1].One}?", isTrue ? "yes" : "no", derivation, explanation);
    }
}
