using System.CommandLine;
using System.Globalization;
using LayerGrad.Cli.Progress;
using LayerGrad.Data.Scoring;
using LayerGrad.Models;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data score</c>: a quality score for every example of a dataset.</summary>
internal static class DataScoreCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var arguments = new MeasureArguments("SCORES.jsonl", "Where to write: a line an example, with SCORES.score.json, which says what was scored how, beside it.");
        var by = new Option<string>("--by")
        {
            Description = "loss: of the response. ifd: instruction-following difficulty, the loss of the response after the instruction over its loss without it (arXiv 2308.12032).",
            HelpName = "loss|ifd",
            Required = true,
        };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing but errors." };
        var command = new Command(
            "score",
            "Score every example of a dataset with forward passes of a model; 'data select' takes the scores.\n\n"
            + "Example: layergrad data score --by ifd --model HuggingFaceTB/SmolLM2-135M --data alpaca.json --out scores.jsonl\n"
            + "         layergrad data select scores.jsonl --by ifd --top 50% --out high.json");
        command.Add(by);
        arguments.AddInputsTo(command);
        command.Add(quiet);
        command.SetAction(result => Run(
            new ScoreOptions { Measure = arguments.Read(result), By = ScoreOptions.ParseKind(result.GetRequiredValue(by)) }, result.GetValue(quiet)));
        return command;
    }

    private static int Run(ScoreOptions options, bool quiet)
    {
        using var interruption = new Interruption("interrupted; nothing was written.");
        try
        {
            var files = ModelLoader.Locate(options.Measure.Model, DownloadLog.Choose(quiet), cancel: interruption.Token);
            var adapter = ModelLoader.LocateAdapter(options.Measure.Adapter, DownloadLog.Choose(quiet), interruption.Token);
            var located = options with { Measure = options.Measure with { ModelFiles = files, AdapterFiles = adapter } };
            if (!quiet)
                TemplateOptions.NoteUnread(located.Measure.Measurement.Template, located.Measure.Measurement.Chat, located.Measure.Tokenizer ?? files);
            var summary = MeasureDisplays.Choose(quiet).Show(shown => ScoreRun.Execute(located, shown, interruption.Token));
            foreach (var line in quiet ? [] : Describe(summary, ScoreOptions.NameOf(options.By)))
                Terminal.Print(line);
            if (summary.Scores.Count > 0)
                return CommandLine.Done;
            Terminal.Tell($"layergrad: {summary.Path}: no example has a score: {(summary.Unscored.Count > 0 ? summary.Unscored[0].Reason : "there is none")}");
            return CommandLine.Failed;
        }
        catch (OperationCanceledException)
        {
            return interruption.Conclude();
        }
    }

    private static IEnumerable<string> Describe(ScoreSummary summary, string by)
    {
        if (summary.Scores.Count > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.Path}: {Wording.Of(summary.Scores.Count, "example")} scored in {Wording.Time(summary.Elapsed)}, {by} from {summary.Scores[0]:G4} to {summary.Scores[^1]:G4}, median {Median(summary.Scores):G4}");
        }

        foreach (var (reason, count) in summary.Unscored)
            yield return $"{Wording.Of(count, "example")} without a score: {reason}";
    }

    private static double Median(IReadOnlyList<double> ascending) => (ascending[(ascending.Count - 1) / 2] + ascending[ascending.Count / 2]) / 2;
}
