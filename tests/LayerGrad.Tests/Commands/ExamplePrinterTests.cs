using System.CommandLine;
using System.Text.Json.Nodes;
using LayerGrad.Cli.Commands;
using LayerGrad.Cli.Progress;
using LayerGrad.Measuring;
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
        var parsed = command.Parse(arguments);
        printer.TryPrint(parsed, printer.Read(parsed, model) with { ModelFiles = model }, console).ShouldBe(arguments.Length > 0);
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

    [SharedFact]
    public void What_measuring_takes_is_told_by_the_plan_that_measure_makes()
    {
        using var folder = new TemporaryFolder();
        var (model, data) = (Shared.Path("models", "tiny", "qwen2"), Shared.Path("reference", "unmeasurable.json"));
        string[] choices = ["--data", data, "--chat", "--date", "2024-07-26", "--precision", "fp64", "--weights", "mlp", "--memory", "300MiB", "--max-length", "512", "--threads", "1"];
        var shown = Show("qwen2", choices);
        var command = new Command("inspect");
        var options = new ExamplePrinter(command).Read(command.Parse(choices), model);
        var begun = new PlanKeeper();
        MeasureRun.Execute(options with { Out = folder.At("run.jsonl") }, begun);

        var plan = begun.Plan.ShouldNotBeNull();
        var told = Line(shown, "measuring would take");
        told.ShouldBe($"measuring would take 3 examples, 2 of them skipped: {plan.Tokens} tokens, {Counted(folder.At("run.jsonl"))} of them counted,"
            + $" in {plan.Windows} window of up to {plan.TokenBudget:N0}, {plan.Weights} weights an example, on {plan.Device}");
        Line(shown, "memory: ").ShouldBe(MeasureSpeed.Describe(plan).Single(line => line.StartsWith("memory: ", StringComparison.Ordinal)));
        Line(shown, "time: about ").ShouldMatch(@"^time: about \S+ (s )?\([\d.:]+ to [\d.:]+( s)?\): [\d.,]+ Gflop, [\d.,]+ a second as this device multiplies now; starting and loading the model come on top$");
    }

    [SharedFact]
    public void What_does_not_fit_is_told_in_the_words_of_measure() =>
        Show("qwen2", "--data", Shared.Path("reference", "examples.json"), "--memory", "20MiB").ShouldContain("cannot be measured: --memory");

    /// <summary>The line of an output that begins so.</summary>
    private static string Line(string text, string beginning) => text.Split('\n').Single(line => line.StartsWith(beginning, StringComparison.Ordinal));

    private static int Counted(string run) => File.ReadLines(run).Sum(line => JsonNode.Parse(line)!["tokens"]!["response"]!.GetValue<int>());
}
