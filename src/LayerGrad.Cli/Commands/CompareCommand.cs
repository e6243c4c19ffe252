using System.CommandLine;
using System.Text;
using LayerGrad.Analysis;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad compare</c>: what several runs say about each other.</summary>
internal static class CompareCommand
{
    private static readonly string[] Formats = ["text", "markdown", "latex", "csv", "json"];

    private static readonly Dictionary<string, string> FormatOfEnding = new(StringComparer.OrdinalIgnoreCase)
    {
        [".md"] = "markdown",
        [".tex"] = "latex",
        [".csv"] = "csv",
        [".json"] = "json",
    };

    private static readonly Argument<string[]> Runs = new("RUN")
    {
        Description = "Run files (.jsonl), of 'layergrad measure' or the original authors'.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string[]> Against = new("--against")
    {
        Description = "Matched runs: the same questions with irrelevant answers, or the same data under another model; one for each RUN, or one for all.",
        HelpName = "RUN",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> Labels = new("--labels") { Description = "Names for the runs, with commas between them.", HelpName = "A,B,C" };

    private static readonly Option<string[]> Metrics = new("--metric")
    {
        Description = "What to compare, with commas between several, or 'all': " + string.Join(", ", Metric.All.Select(metric => metric.Name)) + ".",
        HelpName = "M",
        DefaultValueFactory = _ => [Metric.NuclearNorm.Name],
    };

    private static readonly Option<string?> Format = new("--format") { Description = "text, markdown, latex, csv or json; by the ending of --out where it tells." };

    private static readonly Option<string?> Out = new("--out") { Description = "Write to a file instead of the terminal.", HelpName = "FILE" };

    private static readonly Option<int> Bootstrap = new("--bootstrap") { Description = "Resamples behind each interval.", HelpName = "N", DefaultValueFactory = _ => 2000 };

    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of the resampling.", HelpName = "N" };

    private static readonly Option<int?> Step = new("--step") { Description = "The training step to compare, in runs of 'layergrad train --probe'.", HelpName = "N" };

    private static readonly Option<bool> SkipBad = new("--skip-bad") { Description = "Leave out lines that cannot be read, and count them." };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "compare",
            "Compare runs: levels, differences between layers and sets, length control and the papers' claims, with intervals.\n\n"
            + "Example: layergrad compare none.jsonl simplified.jsonl detailed.jsonl --labels None,Simplified,Detailed")
        {
            Runs, Against, Labels, Metrics, Format, Out, Bootstrap, Seed, Step, SkipBad,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        var file = arguments.GetValue(Out);
        var format = FormatFor(arguments.GetValue(Format), file);
        var result = Comparison.Create(new ComparisonOptions
        {
            Runs = arguments.GetRequiredValue(Runs),
            Against = arguments.GetValue(Against) ?? [],
            Labels = Split(arguments.GetValue(Labels) ?? []),
            Metrics = MetricsNamed(Split(arguments.GetValue(Metrics) ?? [])),
            Bootstrap = arguments.GetValue(Bootstrap),
            Seed = arguments.GetValue(Seed),
            Step = arguments.GetValue(Step),
            SkipBad = arguments.GetValue(SkipBad),
        });
        if (file is null && string.Equals(format, "text", StringComparison.Ordinal))
            ComparisonText.Print(result);
        else
            Write(file, Written(result, format));
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

    private static void Write(string? file, string text)
    {
        if (file is null)
        {
            Console.Write(text);
            return;
        }

        WholeFile.Write(file, text);
        Console.Error.WriteLine($"Wrote {file}.");
    }

    private static string FormatFor(string? format, string? file)
    {
        format ??= file is not null && FormatOfEnding.TryGetValue(Path.GetExtension(file), out var byEnding) ? byEnding : "text";
        return Formats.Contains(format, StringComparer.Ordinal)
            ? format
            : throw new InputException($"--format {format}: no such format; there are {string.Join(", ", Formats)}.");
    }

    private static Metric[] MetricsNamed(string[] names) => names is ["all"] ? [.. Metric.All] : [.. names.Select(Metric.Parse)];

    private static string[] Split(string[] lists) =>
        [.. lists.SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
