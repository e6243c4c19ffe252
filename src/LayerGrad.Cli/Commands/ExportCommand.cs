using System.CommandLine;
using LayerGrad.Analysis.Export;
using LayerGrad.Cli.Progress;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad export</c>: runs as one table for notebooks and databases.</summary>
internal static class ExportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "Run files, folders of them, or patterns such as 'runs/*.jsonl'.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out", "-o") { Description = "The table: X.csv, X.parquet or X.jsonl; X.csv.runs.json and so on beside it says what the runs are.", HelpName = "X", Required = true };
        var wide = new Option<bool>("--wide") { Description = "A row for each weight and a column for each statistic, instead of a row for each number." };
        var labels = new Option<string?>("--labels") { Description = "The runs' names, in their order, separated by commas; from the files' names otherwise.", HelpName = "A,B,C" };
        var finishedOnly = ChosenRuns.FinishedOnly();
        var skipBad = new Option<bool>("--skip-bad") { Description = "Tell of lines that cannot be read in the table, and go on." };
        var command = new Command(
            "export",
            "Write run files as one table that notebooks and databases open: CSV, Parquet or JSON Lines.\n\n"
            + "Example: layergrad export runs/*.jsonl --out stats.parquet\n\n"
            + "Columns: run, index, layer, weight, projection, statistic, value, status, step. What has no value is null with its reason in status,\n"
            + "skipped examples among it. 'docs/notebooks.md' opens it in pandas, polars and DuckDB.")
        {
            runs, output, wide, labels, finishedOnly, skipBad,
        };
        command.SetAction(result =>
        {
            var chosen = ChosenRuns.Find(result.GetRequiredValue(runs), against: null, result.GetValue(finishedOnly));
            chosen.Tell();
            var path = result.GetRequiredValue(output);
            var exported = RunExport.Write(new ExportOptions
            {
                Runs = chosen.Runs,
                Labels = chosen.Pick(result.GetValue(labels)?.Split(',', StringSplitOptions.TrimEntries) ?? []),
                Out = path,
                Wide = result.GetValue(wide),
                SkipBad = result.GetValue(skipBad),
            });
            var left = exported.Sum(run => run.Skipped + run.BadLines);
            Terminal.Print($"{path}: {Wording.Of(exported.Count, "run")}, {Wording.Of(exported.Sum(run => run.Examples), "example")}"
                + (left > 0 ? $"; {left} without numbers, see the column 'status'" : ""));
            return CommandLine.Done;
        });
        return command;
    }
}
