using System.CommandLine;
using LayerGrad.Analysis.Output;
using LayerGrad.Cli.Progress;
using LayerGrad.Data.Influence;
using LayerGrad.Models;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad influence</c>: training examples ranked for a query set.</summary>
internal static class InfluenceCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var arguments = new MeasureArguments("INFLUENCE.csv", "Where to write every example's scores: FILE.csv or FILE.json.");
        var query = new Option<string>("--query") { Description = "The dataset whose loss the training examples of --data are to lower.", HelpName = "DATA", Required = true };
        var queryLimit = new Option<int?>("--query-limit") { Description = "At most this many of its examples.", HelpName = "N" };
        var groups = new Option<string[]?>("--groups")
        {
            Description = "Groups of layers that are scored beside all together: parts (early, middle, late; the default), layers, projections, or NAME=A-B for layers A to B.",
            HelpName = "A,B,C",
            CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries))],
        };
        var by = new Option<string>("--by") { Description = "Rank by the cosine with the query's mean gradient, or by the plain product, which large gradients lead.", DefaultValueFactory = _ => "cosine" };
        by.AcceptOnlyFromAmong("cosine", "product");
        var mislabel = new Option<double?>("--mislabel") { Description = "Check the ranking: exchange the answers of this share of the training examples (such as 0.1) and print how well these are found, beside loss, norm and length.", HelpName = "SHARE" };
        var top = new Option<int>("--top") { Description = "Examples that are printed of either end.", HelpName = "N", DefaultValueFactory = _ => 5 };
        var bootstrap = new Option<int>("--bootstrap") { Description = "Resamples behind each interval of the check.", HelpName = "N", DefaultValueFactory = _ => 2000 };
        var seed = new Option<int>("--seed") { Description = "Seed of the exchange and the resampling.", HelpName = "N" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing but errors." };
        var command = new Command(
            "influence",
            "Rank training examples by what a small step on each would do to the loss of a query set, from products of gradients per group of layers.\n\n"
            + "Example: layergrad influence --model HuggingFaceTB/SmolLM2-135M --data train.json --query exam.json --mislabel 0.1 --out influence.csv\n\n"
            + "It is a first-order estimate at one checkpoint and knows no optimizer; --mislabel shows on your data whether it beats simpler scores.");
        arguments.AddSharedTo(command);
        foreach (var option in (Option[])[query, queryLimit, groups, by, mislabel, top, bootstrap, seed, quiet])
            command.Add(option);
        command.SetAction(result => Run(
            new InfluenceOptions
            {
                Measure = arguments.Read(result),
                Query = result.GetRequiredValue(query),
                QueryLimit = result.GetValue(queryLimit),
                Groups = result.GetValue(groups) is { Length: > 0 } asked ? asked : ["parts"],
                ByProduct = result.GetValue(by) == "product",
                Mislabel = result.GetValue(mislabel),
                Bootstrap = result.GetValue(bootstrap),
                Seed = result.GetValue(seed),
            },
            Math.Max(0, result.GetValue(top)), result.GetValue(quiet)));
        return command;
    }

    private static int Run(InfluenceOptions options, int top, bool quiet)
    {
        using var interruption = new Interruption("interrupted; nothing was written.");
        try
        {
            var measure = options.Measure;
            var files = ModelLoader.Locate(measure.Model, DownloadLog.Choose(quiet), cancel: interruption.Token);
            var located = options with
            {
                Measure = measure with
                {
                    ModelFiles = files,
                    AdapterFiles = ModelLoader.LocateAdapter(measure.Adapter, DownloadLog.Choose(quiet), interruption.Token),
                    Source = DataArguments.Locate(measure.Data, measure.Spool, quiet, interruption.Token),
                },
                QuerySource = DataArguments.Locate(options.Query, measure.Spool, quiet, interruption.Token),
            };
            if (!quiet)
            {
                TemplateOptions.NoteUnread(measure.Measurement.Template, measure.Measurement.Chat, measure.Tokenizer ?? files);
                CommonOptions.NoteDevice(measure.Device);
            }

            var result = MeasureDisplays.Choose(quiet).Show(shown => InfluenceRun.Execute(located, shown, interruption.Token));
            if (quiet)
                return CommandLine.Done;
            ResultOutput.WriteTables(null, ResultOutput.Text, InfluenceTables.Of(result, top), result.Notes, null);
            foreach (var skip in result.Skipped)
                Terminal.Print($"left out example {skip.Index} of {skip.File}: {skip.Reason}");
            Terminal.Tell($"Wrote {measure.Out}.");
            return CommandLine.Done;
        }
        catch (OperationCanceledException)
        {
            return interruption.Conclude();
        }
    }
}
