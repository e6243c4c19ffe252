using LayerGrad.Data;
using LayerGrad.Examples;

namespace LayerGrad.Tests.Data;

public sealed class InspectionTests
{
    private static readonly Example[] s_examples =
    [
        new(0, "Is it A or B?", "", "A"),
        new(1, "Is it A or B?", "", "C"),
        new(2, " ", "", "\n"),
        new(3, "Say é😀", "now", "A"),
    ];

    [Fact]
    public void It_counts_empty_repeated_and_given_away_answers()
    {
        var summary = Inspection.Inspect(s_examples, null, 1024);
        (summary.Records, summary.EmptyInstructions, summary.EmptyOutputs, summary.RepeatedInstructions).ShouldBe((4, 1, 1, 1));
        (summary.DistinctOutputs, summary.CommonestOutput, summary.CommonestOutputCount).ShouldBe((3, "A", 2));
        summary.AnswersInInstruction.ShouldBe(1);
        summary.InstructionCharacters.Largest.ShouldBe(13);
        summary.InstructionCharacters.Median.ShouldBe(11.5);
        summary.Tokens.ShouldBeNull();
    }

    [Fact]
    public void It_counts_what_truncation_does()
    {
        var tokens = Inspection.Inspect(s_examples, example => example.Index switch { 0 => (8, 1), 1 => (9, 2), 2 => (12, 2), _ => null }, 8).Tokens!;
        tokens.Truncated.ShouldBe(2);
        tokens.NothingLeft.ShouldBe(1);
        tokens.Total.Largest.ShouldBe(12);
        tokens.Total.Smallest.ShouldBe(8);
    }

    [Fact]
    public void Histogram_bins_have_a_round_width()
    {
        var summary = LengthSummary.Of([0, 49, 50, 550]);
        summary.BinWidth.ShouldBe(50);
        summary.Bins.ShouldBe([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }

    [Fact]
    public void Answers_of_other_instructions_are_not_compared()
    {
        Should.Throw<InputException>(() => Inspection.EqualOutputs(s_examples, s_examples[..2])).Message.ShouldContain("4 and 2 records");
        Should.Throw<InputException>(() => Inspection.EqualOutputs(s_examples, [.. s_examples.Reverse()])).Message.ShouldContain("different instructions");
    }
}
