using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using LayerGrad.Data;
using LayerGrad.Examples;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Data;

public sealed class CorruptionTests
{
    [Property(MaxTest = 300)]
    public Property No_place_keeps_its_kind_wherever_that_is_possible() => Prop.ForAll(
        Gen.ListOf(Gen.Choose(0, 4)).Where(list => list.Count >= 2).ToArbitrary(),
        Gen.Choose(0, 1000).ToArbitrary(),
        (list, seed) =>
        {
            var numbers = list.Distinct().ToList();
            int[] kinds = [.. list.Select(kind => numbers.IndexOf(kind))];
            var source = Derangement.Deal(kinds, new SeededRandom((ulong)seed));
            var largest = kinds.GroupBy(kind => kind).Max(group => group.Count());
            source.Order().ShouldBe(Enumerable.Range(0, kinds.Length));
            source.Where((item, place) => kinds[item] == kinds[place]).Count().ShouldBe(Math.Max(0, (2 * largest) - kinds.Length));
        });

    [Fact]
    public void Every_derangement_of_four_places_occurs_about_equally_often()
    {
        var counts = new Dictionary<string, int>();
        for (var seed = 0; seed < 9000; seed++)
        {
            var key = string.Concat(Derangement.Deal([0, 1, 2, 3], new SeededRandom((ulong)seed)));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        counts.Count.ShouldBe(9);
        counts.Values.ShouldAllBe(count => count > 800 && count < 1200);
    }

    [Fact]
    public void A_balanced_two_valued_dataset_has_every_answer_turned()
    {
        var examples = Make("yes", "no", "no", "yes");
        Corruption.Corrupt(examples, CorruptionMode.Answers, 5, false, "f.json").Examples.Select(example => example.Output).ShouldBe(["no", "yes", "yes", "no"]);
    }

    [Fact]
    public void An_answer_of_more_than_half_is_impossible_and_says_so()
    {
        var examples = Make("yes", "yes", "yes", "no");
        Should.Throw<InputException>(() => Corruption.Corrupt(examples, CorruptionMode.Answers, 5, false, "f.json"))
            .Message.ShouldBe("f.json: 3 of 4 records have the answer 'yes', so at least 2 must keep an equal one; give --same-allowed to accept that, or take a balanced sample.");
        Corruption.Corrupt(examples, CorruptionMode.Answers, 5, true, "f.json").Unchanged.ShouldBe(2);
    }

    [Fact]
    public void One_record_cannot_be_corrupted() =>
        Should.Throw<InputException>(() => Corruption.Corrupt(Make("yes"), CorruptionMode.Answers, 5, true, "f.json")).Message.ShouldContain("at least two");

    [Fact]
    public void Equal_seeds_give_equal_answers_and_others_do_not()
    {
        var examples = Make([.. Enumerable.Range(0, 50).Select(i => $"answer {i}")]);
        string[] Outputs(ulong seed) => [.. Corruption.Corrupt(examples, CorruptionMode.Answers, seed, false, "f").Examples.Select(example => example.Output)];
        Outputs(7).ShouldBe(Outputs(7));
        Outputs(7).ShouldNotBe(Outputs(8));

        // The same on every machine, from an independent implementation: these must never change.
        Outputs(42)[..4].ShouldBe(["answer 37", "answer 8", "answer 15", "answer 2"]);
    }

    [Fact]
    public void Sentences_are_dealt_out_anew_and_none_comes_home()
    {
        var examples = Make("A one. B two! C three?", "D four. E five.", "F six. See also\nG seven. H eight.");
        var corrupted = Corruption.Corrupt(examples, CorruptionMode.Sentences, 1, false, "f").Examples;
        var before = examples.Select(example => Sentences.Split(example.Output)).ToList();
        var after = corrupted.Select(example => Sentences.Split(example.Output)).ToList();
        after.Select(list => list.Count).ShouldBe([3, 2, 3]);
        after.SelectMany(list => list).Order(StringComparer.Ordinal).ShouldBe(before.SelectMany(list => list).Order(StringComparer.Ordinal));
        for (var i = 0; i < before.Count; i++)
            after[i].Intersect(before[i]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("He met J. Smith. They left.", 2)]
    [InlineData("In the U.S. Army he served. \"Yes!\" she said.", 3)]
    [InlineData("3.5 is more than 2. 5 is prime.", 1)]
    [InlineData("No stop", 1)]
    public void Sentences_end_where_a_reader_would_end_them(string text, int count) => Sentences.Split(text).Count.ShouldBe(count);

    [SharedFact]
    public void The_studys_own_datasets_are_corrupted_without_an_equal_answer()
    {
        foreach (var name in new[] { "aqua_train_no_cot", "ecqa_train_with_cot", "strategyqa_train_with_cot_gpt4o" })
        {
            var examples = Dataset.Load(Shared.Path("datasets", "cot_500", name + ".json"));
            var corrupted = Corruption.Corrupt(examples, CorruptionMode.Answers, 42, false, name);
            corrupted.Unchanged.ShouldBe(0);
            corrupted.Examples.Select(example => example.Instruction).ShouldBe(examples.Select(example => example.Instruction));
        }

        var wiki = Dataset.Load(Shared.Path("datasets", "wiki_popularity", "long_tail_wikipedia.json"));
        Corruption.Corrupt(wiki, CorruptionMode.Sentences, 42, false, "wiki").Unchanged.ShouldBe(0);
    }

    [SharedFact]
    public void Half_of_the_studys_irrelevant_StrategyQA_answers_are_right()
    {
        var correct = Dataset.Load(Shared.Path("datasets", "cot_500", "strategyqa_train_no_cot.json"));
        var irrelevant = Dataset.Load(Shared.Path("datasets", "cot_500_wrong_answer_shuffle", "strategyqa_train_no_cot.json"));
        Inspection.EqualOutputs(correct, irrelevant).ShouldBe(250);
    }

    private static List<Example> Make(params string[] outputs) => [.. outputs.Select((output, i) => new Example(i, $"question {i}", "", output))];
}
