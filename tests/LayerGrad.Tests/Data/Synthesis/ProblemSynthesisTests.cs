using System.Globalization;
using System.Text.RegularExpressions;
using LayerGrad.Data.Synthesis;

namespace LayerGrad.Tests.Data.Synthesis;

public sealed partial class ProblemSynthesisTests
{
    private static readonly (IReadOnlyList<SyntheticProblem> Train, IReadOnlyList<SyntheticProblem> HeldOut) s_made = ProblemSynthesis.Create(4000, 400, seed: 7, []);

    private static IEnumerable<SyntheticProblem> All => s_made.Train.Concat(s_made.HeldOut);

    [GeneratedRegex(@"(\d+) ([-+*<>]) (\d+)(?: = (\d+))?")]
    private static partial Regex Equation();

    [GeneratedRegex(@"(\w+) is (?:taller|older|faster|stronger) than (\w+)\.")]
    private static partial Regex Comparison();

    [GeneratedRegex(@"(All|No) (\w+) are (\w+)\.")]
    private static partial Regex Rule();

    [Fact]
    public void All_problems_differ_and_the_splits_share_none()
    {
        All.Select(problem => problem.Key).ShouldBeUnique();
        s_made.Train.Count.ShouldBe(4000);
        s_made.HeldOut.Count.ShouldBe(400);
        s_made.Train.ShouldAllBe(problem => !ProblemSynthesis.IsHeldOut(problem));
        s_made.HeldOut.ShouldAllBe(problem => ProblemSynthesis.IsHeldOut(problem));
        var other = ProblemSynthesis.Create(4000, 0, seed: 8, []).Train.Select(problem => problem.Key);
        s_made.HeldOut.Select(problem => problem.Key).Intersect(other).ShouldBeEmpty();
    }

    [Fact]
    public void Every_kind_is_drawn_about_as_often() =>
        All.CountBy(problem => problem.Kind).ShouldAllBe(kind => kind.Value > 400 && kind.Value < 700);

    [Fact]
    public void Every_equation_of_every_derivation_holds_with_numbers_below_a_hundred()
    {
        foreach (var match in All.SelectMany(problem => Equation().Matches(problem.Simplified + "\n" + problem.Detailed)))
        {
            var (left, right) = (Number(match.Groups[1]), Number(match.Groups[3]));
            var holds = match.Groups[2].Value switch
            {
                "+" => left + right == Number(match.Groups[4]),
                "-" => left - right == Number(match.Groups[4]),
                "*" => left * right == Number(match.Groups[4]),
                "<" => left < right,
                _ => left > right,
            };
            holds.ShouldBeTrue(match.Value);
            left.ShouldBeLessThan(100);
            right.ShouldBeLessThan(100);
        }
    }

    [Fact]
    public void The_last_equation_gives_the_answer()
    {
        foreach (var problem in All.Where(problem => problem.Kind is "expression" or "story" or "price" or "chain" or "sequence"))
        {
            Equation().Matches(problem.Simplified)[^1].Groups[4].Value.ShouldBe(problem.Answer, problem.Question);
            Equation().Matches(problem.Detailed)[^1].Groups[4].Value.ShouldBe(problem.Answer, problem.Question);
        }
    }

    [Fact]
    public void Expressions_have_the_value_that_the_answer_says()
    {
        foreach (var problem in All.Where(problem => problem.Kind == "expression"))
        {
            var terms = problem.Key["expression ".Length..].Replace(" * ", "*", StringComparison.Ordinal).Replace("- ", "-", StringComparison.Ordinal).Replace("+ ", "", StringComparison.Ordinal).Split(' ');
            terms.Sum(term => term.Split('*').Select(factor => int.Parse(factor, CultureInfo.InvariantCulture)).Aggregate(1, (product, factor) => product * factor))
                .ToString(CultureInfo.InvariantCulture).ShouldBe(problem.Answer, problem.Question);
            problem.Question.ShouldContain(problem.Key["expression ".Length..]);
        }
    }

    [Fact]
    public void Orders_follow_from_the_facts_in_the_question()
    {
        foreach (var problem in All.Where(problem => problem.Kind == "order"))
        {
            var facts = Comparison().Matches(problem.Question);
            var (greater, lesser) = (facts.Select(fact => fact.Groups[1].Value).ToHashSet(), facts.Select(fact => fact.Groups[2].Value).ToHashSet());
            var wantsMost = new[] { "tallest", "oldest", "fastest", "strongest" }.Any(word => problem.Question.Contains(word, StringComparison.Ordinal));
            (wantsMost ? greater.Except(lesser) : lesser.Except(greater)).ShouldHaveSingleItem().ShouldBe(problem.Answer, problem.Question);
        }
    }

    [Fact]
    public void Syllogisms_follow_from_the_rules_in_the_question()
    {
        foreach (var problem in All.Where(problem => problem.Kind == "syllogism"))
        {
            var rules = Rule().Matches(problem.Question).ToDictionary(rule => rule.Groups[2].Value, rule => (Many: rule.Groups[3].Value, IsAll: rule.Groups[1].Value == "All"));
            var kind = rules.Keys.Except(rules.Values.Select(rule => rule.Many)).ShouldHaveSingleItem();
            var isMember = true;
            while (rules.TryGetValue(kind, out var rule))
                (kind, isMember) = (rule.Many, isMember && rule.IsAll);
            problem.Answer.ShouldBe(isMember ? "yes" : "no", problem.Question);
        }
    }

    [Fact]
    public void Extremes_are_those_of_the_numbers_in_the_question()
    {
        foreach (var problem in All.Where(problem => problem.Kind == "extreme"))
        {
            var numbers = Regex.Matches(problem.Question, @"\d+").Select(Number).ToList();
            var expected = problem.Question.Contains("largest", StringComparison.Ordinal) ? numbers.Max() : numbers.Min();
            problem.Answer.ShouldBe(expected.ToString(CultureInfo.InvariantCulture), problem.Question);
        }
    }

    [Fact]
    public void The_three_responses_grow_and_end_in_the_same_answer()
    {
        foreach (var problem in All)
        {
            problem.None.ShouldBe(problem.Answer);
            problem.Simplified.ShouldEndWith($" The answer is {problem.Answer}.");
            problem.Detailed.ShouldEndWith($"\nThe answer is {problem.Answer}.");
            problem.Detailed.ShouldStartWith("Step 1: ");
            problem.Detailed.Length.ShouldBeGreaterThan(problem.Simplified.Length);
            problem.Detailed.Split(' ').Length.ShouldBeLessThan(110, problem.Detailed);
        }
    }

    [Fact]
    public void Equal_seeds_give_equal_problems()
    {
        var (first, second, other) = (Key(3), Key(3), Key(4));
        first.ShouldBe(second);
        first.ShouldNotBe(other);
        static string Key(ulong seed) => string.Join('|', ProblemSynthesis.Create(50, 5, seed, []).Train.Select(problem => problem.Question));
    }

    [Fact]
    public void What_cannot_be_made_is_refused()
    {
        Should.Throw<InputException>(() => ProblemSynthesis.Create(1, 0, 1, ["riddle"])).Message.ShouldStartWith("'riddle' is no kind of problem; there are expression,");
        Should.Throw<InputException>(() => ProblemSynthesis.Create(1_000_000, 0, 1, ["sequence"])).Message.ShouldMatch(@"^there are only about \d+ different problems of the kinds sequence");
    }

    private static int Number(Capture digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);
}
