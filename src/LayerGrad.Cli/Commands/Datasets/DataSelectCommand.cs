using System.CommandLine;
using LayerGrad.Data;
using LayerGrad.Data.Scoring;
using LayerGrad.Runs;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data select</c>: a dataset of the examples that a run scored high or low.</summary>
internal static class DataSelectCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "A run file of measure, or scores of 'data score'." };
        var by = new Option<string>("--by") { Description = "The metric: S_sum, effective_rank, loss, ...; of scores: score, ifd, loss, ...", HelpName = "METRIC", Required = true };
        var top = new Option<string?>("--top") { Description = "The highest: a number, or a share such as 10%.", HelpName = "N|P%" };
        var bottom = new Option<string?>("--bottom") { Description = "The lowest.", HelpName = "N|P%" };
        var between = new Option<string?>("--between") { Description = "Values from A up to, but not including, B.", HelpName = "A:B" };
        var layers = new Option<string?>("--layers") { Description = "Layers to average over, such as 0:8,15.", HelpName = "LIST" };
        var projections = new Option<string?>("--proj") { Description = "Projections to average over, such as Q,V.", HelpName = "LIST" };
        var output = new Option<string>("--out") { Description = "The dataset to write.", HelpName = "FILE", Required = true };
        var command = new Command("select", "Choose examples by a metric, as a dataset.\n\nExample: layergrad data select aqua.jsonl --by effective_rank --top 10% --proj V --out subset.json")
        {
            run, by, top, bottom, between, layers, projections, output,
        };
        command.Validators.Add(result =>
        {
            if (new[] { top, bottom, between }.Count(option => result.GetValue(option) is not null) != 1)
                result.AddError("Give one of --top, --bottom and --between.");
        });
        command.SetAction(arguments =>
        {
            SelectionRule rule = arguments.GetValue(top) is { } most ? new SelectionRule.Top(most)
                : arguments.GetValue(bottom) is { } least ? new SelectionRule.Bottom(least)
                : new SelectionRule.Between(arguments.GetValue(between)!);
            var target = arguments.GetRequiredValue(output);
            OutputPlaces.Check("--out", [target], [.. new RunPaths(arguments.GetRequiredValue(run)).All, ScoreMetadata.PathOf(arguments.GetRequiredValue(run))]);
            var selected = Selection.Select(
                arguments.GetRequiredValue(run), arguments.GetRequiredValue(by), rule, arguments.GetValue(layers), arguments.GetValue(projections));
            DatasetFile.Write(target, selected.Examples);
            Terminal.Print(FormattableString.Invariant(
                $"{target}: {selected.Examples.Count} of {selected.Total} examples, {arguments.GetValue(by)} from {selected.Scores.Min():G6} to {selected.Scores.Max():G6}"));
            if (selected.Unscored > 0)
                Terminal.Print($"{selected.Unscored} examples have no value and were not considered");
        });
        return command;
    }
}
