using LayerGrad.Data.Synthesis;
using LayerGrad.Examples;

namespace LayerGrad.Tests.Data.Synthesis;

public sealed class SyntheticDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static int Words(Example example) => example.Output.Split(' ').Length;

    [Fact]
    public void All_files_are_written_and_the_three_forms_share_their_problems()
    {
        var options = new SynthesisOptions { Train = 30, HeldOut = 10, Knowledge = 40 };
        var written = SyntheticData.Write(_folder, options);
        written.Select(file => $"{Path.GetFileNameWithoutExtension(file.Path)} {file.Records}").ShouldBe(
        [
            "train_none 30", "train_simplified 30", "train_detailed 30", "heldout_none 10", "heldout_simplified 10", "heldout_detailed 10",
            "knowledge_train 40", "knowledge_popular_100 40", "knowledge_popular_500 40", "knowledge_popular_1000 40", "knowledge_rare 40",
        ]);
        var instructions = written.Take(3).Select(file => string.Join('|', Dataset.Load(file.Path).Select(example => example.Instruction))).Distinct();
        instructions.ShouldHaveSingleItem();
        var before = written.Select(file => FileIdentity.Of(file.Path)).ToList();
        SyntheticData.Write(_folder, options).Select(file => FileIdentity.Of(file.Path)).ShouldBe(before);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(500)]
    [InlineData(1000)]
    public void Popular_texts_have_the_length_asked_for(int words)
    {
        var texts = new KnowledgeSynthesis(60, seed: 5).Popular(words);
        texts.ShouldAllBe(text => Words(text) >= words && Words(text) < words + 20);
        texts.Select(text => text.Output).ShouldBeUnique();
        texts.Select(text => text.Instruction).Distinct().Count().ShouldBe(20);
    }

    [Fact]
    public void Rare_things_are_short_and_stand_in_no_other_text()
    {
        var knowledge = new KnowledgeSynthesis(100, seed: 5);
        var rare = knowledge.Rare();
        rare.Select(text => text.Instruction).ShouldBeUnique();
        rare.ShouldAllBe(text => Words(text) > 20 && Words(text) < 60);
        var others = string.Join(' ', knowledge.Train().Concat(knowledge.Popular(1000)).Select(text => text.Output));
        var names = rare.Select(text => text.Instruction["Tell me about ".Length..^1]);
        names.ShouldAllBe(name => !others.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void Texts_about_one_thing_agree_on_what_is_true()
    {
        var knowledge = new KnowledgeSynthesis(200, seed: 11);
        foreach (var entity in knowledge.Train().Concat(knowledge.Popular(100)).Where(text => text.Output.Contains("was founded in the year", StringComparison.Ordinal)).GroupBy(text => text.Instruction))
        {
            entity.Select(text => text.Output[(text.Output.IndexOf("was founded in the year ", StringComparison.Ordinal) + 24)..][..3]).Distinct().ShouldHaveSingleItem();
        }
    }

    [Fact]
    public void A_length_that_cannot_be_made_is_refused() =>
        Should.Throw<InputException>(() => new KnowledgeSynthesis(2, 1).Popular(1001)).Message.ShouldBe("knowledge texts of 1001 words cannot be made; between 1 and 1000 can.");
}
