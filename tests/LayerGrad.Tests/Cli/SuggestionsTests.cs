using LayerGrad.Cli;

namespace LayerGrad.Tests.Cli;

public sealed class SuggestionsTests
{
    [Theory]
    [InlineData("measure", "measure", 0)]
    [InlineData("mesure", "measure", 1)]
    [InlineData("--modle", "--model", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_slips_of_the_fingers(string a, string b, int expected)
    {
        EditDistance.Between(a, b).ShouldBe(expected);
        EditDistance.Between(b, a).ShouldBe(expected);
    }

    [Theory]
    [InlineData("mrege: no such command; did you mean merge?", "mrege")]
    [InlineData("banana: no such command; see 'layergrad --help'.", "banana")]
    [InlineData("--uot: no such option; did you mean --out?", "merge", "a.jsonl", "--uot", "b.jsonl")]
    [InlineData("Option '--out' is required; see 'layergrad merge --help'.", "merge", "a.jsonl")]
    [InlineData("name a command; see 'layergrad --help'.")]
    public void What_is_wrong_is_one_line_with_the_nearest_word(string expected, params string[] arguments) =>
        Suggestions.Describe(CommandLine.Root.Parse(arguments)).ShouldBe(expected);

    [Fact]
    public void Every_command_has_a_description_and_every_leaf_an_example()
    {
        foreach (var command in Leaves(CommandLine.Root))
        {
            command.Description.ShouldNotBeNull();
            command.Description.ShouldContain("Example: layergrad ", customMessage: command.Name);
            command.Options.ShouldAllBe(option => !string.IsNullOrEmpty(option.Description), command.Name);
            command.Arguments.ShouldAllBe(argument => !string.IsNullOrEmpty(argument.Description), command.Name);
        }
    }

    private static IEnumerable<System.CommandLine.Command> Leaves(System.CommandLine.Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
