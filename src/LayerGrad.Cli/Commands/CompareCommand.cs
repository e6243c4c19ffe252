using System.CommandLine;
using System.Text;
using LayerGrad.Analysis;
using LayerGrad.Analysis.Output;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad compare</c>: what several runs say about each other.</summary>
internal static class CompareCommand
{
    private static readonly string[] s_formats = [ResultOutput.Text, "markdown", "latex", "csv", "json"];

    private static readonly Argument<string[]> s_runs = new("RUN")
    {
        Description = "Run files (.jsonl), of 'layergrad measure' or the original authors', folders of them, or patterns such as 'runs/*.jsonl'.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string[]> s_against = new("--against")
    {
        Description = "Matched runs: the same questions with irrelevant answers, or the same data under another model; one for each RUN, or one for all.",
        HelpName = "RUN",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> s_labels = new("--labels") { Description = "Names for the runs, with commas between them.", HelpName = "A,B,C" };

    private static readonly Option<string[]> s_metrics = new("--metric")
    {
        Description = "What to compare, with commas between several, or 'all': " + string.Join(", ", Metric.All.Select(metric => metric.Name)) + ".",
        HelpName = "M",
        DefaultValueFactory = _ => [Metric.NuclearNorm.Name],
    };

    private static readonly Option<string?> s_format = new("--format") { Description = "text, markdown, latex, csv or json; by the ending of --out where it tells." };

    private static readonly Option<string?> s_out = new("--out") { Description = "Write to a file instead of the terminal.", HelpName = "FILE" };

    private static readonly Option<int> s_bootstrap = new("--bootstrap") { Description = "Resamples behind each interval.", HelpName = "N", DefaultValueFactory = _ => 2000 };

    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed of the resampling.", HelpName = "N" };

    private static readonly Option<int?> s_step = new("--step") { Description = "The training step to compare, in runs of 'layergrad train --probe'.", HelpName = "N" };

    private static readonly Option<bool> s_finishedOnly = ChosenRuns.FinishedOnly();

    private static readonly Option<bool> s_skipBad = new("--skip-bad") { Description = "Leave out lines that cannot be read, and count them." };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "compare",
            "Compare runs: levels, differences between layers and sets, length control and the papers' claims, with intervals.\n\n"
            + "Example: layergrad compare none.jsonl simplified.jsonl detailed.jsonl --labels None,Simplified,Detailed")
        {
            s_runs, s_against, s_labels, s_metrics, s_format, s_out, s_bootstrap, s_seed, s_step, s_finishedOnly, s_skipBad,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        var file = arguments.GetValue(s_out);
        var format = ResultOutput.FormatFor(arguments.GetValue(s_format), file, s_formats);
        var chosen = ChosenRuns.Find(arguments.GetRequiredValue(s_runs), arguments.GetValue(s_against), arguments.GetValue(s_finishedOnly));
        chosen.RefuseAsOutput(file);
        chosen.Tell();
        var result = Comparison.Create(new ComparisonOptions
        {
            Runs = chosen.Runs,
            Against = chosen.Against,
            Labels = chosen.Pick(Split(arguments.GetValue(s_labels) ?? [])),
            Metrics = MetricsNamed(Split(arguments.GetValue(s_metrics) ?? [])),
            Bootstrap = arguments.GetValue(s_bootstrap),
            Seed = arguments.GetValue(s_seed),
            Step = arguments.GetValue(s_step),
            SkipBad = arguments.GetValue(s_skipBad),
        });
        if (file is null && string.Equals(format, ResultOutput.Text, StringComparison.Ordinal))
            ComparisonText.Print(result);
        else
            ResultOutput.Write(file, Written(result, format), format);
        return CommandLine.Done;
    }

    private static string Written(ComparisonResult result, string format) => format switch
    {
        "markdown" => ComparisonMarkdown.Of(result),
        "latex" => ComparisonLatex.Of(result),
        "csv" => ComparisonCsv.Of(result),
        "json" => Encoding.UTF8.GetString(ComparisonJson.Of(result)),
        _ => ComparisonText.Plain(result),
    };

    private static Metric[] MetricsNamed(string[] names) => names is ["all"] ? [.. Metric.All] : [.. names.Select(Metric.Parse)];

    private static string[] Split(string[] lists) =>
        [.. lists.SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
