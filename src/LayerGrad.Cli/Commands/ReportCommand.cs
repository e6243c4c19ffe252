using System.CommandLine;
using LayerGrad.Reports;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad report</c>: run files as one page that opens in a browser.</summary>
internal static class ReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "Run files, a set each, folders of them, or patterns such as 'runs/*.jsonl'.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "The page.", Required = true, HelpName = "REPORT.html" };
        var labels = new Option<string?>("--labels") { Description = "The sets' names, in the order of the runs, separated by commas.", HelpName = "A,B,C" };
        var against = new Option<string[]>("--against") { Description = "Matched runs, one for each RUN or one for all: irrelevant answers, or another model.", HelpName = "RUN", AllowMultipleArgumentsPerToken = true };
        var title = new Option<string>("--title") { Description = "The report's heading.", DefaultValueFactory = _ => new ReportRequest { Runs = [] }.Title, HelpName = "TEXT" };
        var metrics = new Option<string?>("--metrics") { Description = "The metrics to report, separated by commas; all that every run has otherwise.", HelpName = "M,N" };
        var kernel = new Option<string?>("--kernel") { Description = "What 'layergrad kernel' wrote, shown as a heat map for each weight or layer, or their sum.", HelpName = "KERNEL.npy" };
        var examples = new Option<int>("--examples") { Description = "How many examples of a set the page holds, evenly spaced; 0 for a page without any text of the datasets.", DefaultValueFactory = _ => 500, HelpName = "N" };
        var tokenExamples = new Option<int>("--token-examples") { Description = "How many of them bring the shares of their tokens.", DefaultValueFactory = _ => 20, HelpName = "N" };
        var bootstrap = new Option<int>("--bootstrap") { Description = "Resamples behind the 95 % intervals.", DefaultValueFactory = _ => 2000, HelpName = "N" };
        var seed = new Option<int>("--seed") { Description = "The seed of the resamples.", DefaultValueFactory = _ => 0, HelpName = "S" };
        var step = new Option<int?>("--step") { Description = "The training step to compare of probe runs; the last otherwise.", HelpName = "K" };
        var finishedOnly = ChosenRuns.FinishedOnly();
        var skipBad = new Option<bool>("--skip-bad") { Description = "Leave out lines that cannot be read." };
        var command = new Command("report", "Write run files as one page with findings, figures, tables and every example; it prints on A4, and saves its figures as SVG and PNG, its tables as CSV.\n\nExample: layergrad report none.jsonl detailed.jsonl --labels None,Detailed --out report.html")
        {
            runs, output, labels, against, title, metrics, kernel, examples, tokenExamples, bootstrap, seed, step, finishedOnly, skipBad,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(output);
            if (!path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
                throw new InputException($"{path}: a report's name ends in .html");
            var chosen = ChosenRuns.Find(result.GetRequiredValue(runs), result.GetValue(against), result.GetValue(finishedOnly));
            chosen.RefuseAsOutput(path, result.GetValue(kernel) is { } matrix ? KernelSidecar.FilesOf(matrix) : []);
            chosen.Tell();
            Report.Write(
                new ReportRequest
                {
                    Runs = chosen.Runs,
                    Labels = chosen.Pick(Parts(result.GetValue(labels))),
                    Against = chosen.Against,
                    Title = result.GetRequiredValue(title),
                    Metrics = [.. Parts(result.GetValue(metrics)).Select(Metric.Parse)],
                    Kernel = result.GetValue(kernel),
                    Examples = AtLeast(result.GetValue(examples), 0, "--examples"),
                    TokenExamples = AtLeast(result.GetValue(tokenExamples), 0, "--token-examples"),
                    Bootstrap = result.GetValue(bootstrap),
                    Seed = result.GetValue(seed),
                    Step = result.GetValue(step),
                    SkipBad = result.GetValue(skipBad),
                },
                path);
            Terminal.Print(path);
            return CommandLine.Done;
        });
        return command;
    }

    private static string[] Parts(string? list) => list is null ? [] : list.Split(',', StringSplitOptions.TrimEntries);

    private static int AtLeast(int value, int least, string option) => value >= least ? value : throw new InputException($"{option} {value}: a number from {least} on");
}
