using System.CommandLine;
using LayerGrad.Cli.Commands;
using LayerGrad.Tests.Support;
using Spectre.Console;

namespace LayerGrad.Tests.Commands;

public sealed class ExamplePrinterTests
{
    private static string Show(string family, params string[] arguments)
    {
        var command = new Command("inspect");
        var printer = new ExamplePrinter(command);
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        var model = Shared.Path("models", "tiny", family);
        printer.TryPrint(command.Parse(arguments), model, model, console).ShouldBe(arguments.Length > 0);
        return text.ToString();
    }

    [SharedFact]
    public void Tokens_of_the_prompt_are_divided_and_those_of_the_response_bracketed()
    {
        var shown = Show("llama2", "--data", Shared.Path("reference", "examples.json"), "--limit", "8", "--protocol", "strict");
        shown.ShouldContain("example 7: 27 tokens, 2 of them response");
        shown.ShouldContain("⏎\n|[y][es]");
        shown.ShouldContain("example 5: 1024 tokens, 866 of them response, cut off at the maximum length");
        shown.ShouldContain("6 more; --limit 14 shows all.");
    }

    [SharedFact]
    public void Skipped_examples_are_shown_with_their_reasons()
    {
        var shown = Show("qwen2", "--data", Shared.Path("reference", "unmeasurable.json"), "--chat");
        shown.ShouldContain("example 0: skipped: the output is empty");
        shown.ShouldContain("<|im_start|>|user|");
    }

    [SharedFact]
    public void Without_data_nothing_is_shown() => Show("qwen2").ShouldBeEmpty();
}
