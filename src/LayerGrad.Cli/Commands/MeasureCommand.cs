using System.CommandLine;
using System.Globalization;
using LayerGrad.Cli.Progress;
using LayerGrad.Measuring;
using LayerGrad.Models;
using LayerGrad.Tokenizers;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad measure</c>: the statistics of every example's gradient, into a run file.</summary>
internal static class MeasureCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var options = new MeasureArguments();
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing but errors." };
        var command = new Command(
            "measure",
            "Measure the loss gradient of every example of a dataset, layer by layer.\n\n"
            + "Example: layergrad measure --model HuggingFaceTB/SmolLM2-135M --data aqua.json --out runs/aqua.jsonl\n\n"
            + "A run that was interrupted goes on where it stopped when the same command is given again.");
        options.AddTo(command);
        command.Add(quiet);
        command.SetAction(result => Run(options.Read(result), result.GetValue(quiet)));
        return command;
    }

    private static int Run(MeasureRunOptions options, bool quiet)
    {
        var last = new LastProgress();
        var next = options.Measurement.Noise ? "a run with --noise does not go on: remove its files and give the command again" : "give the same command again to go on from there";
        using var interruption = new Interruption(() => $"interrupted{last}; {next}.");
        try
        {
            var located = options with
            {
                Source = DataArguments.Locate(options.Data, options.Spool, quiet, interruption.Token),
                ModelFiles = ModelLoader.Locate(options.Model, DownloadLog.Choose(quiet), cancel: interruption.Token),
                AdapterFiles = ModelLoader.LocateAdapter(options.Adapter, DownloadLog.Choose(quiet), interruption.Token),
            };
            if (!quiet)
            {
                TemplateOptions.NoteUnread(located.Measurement.Template, located.Measurement.Chat, located.Tokenizer ?? located.ModelFiles ?? located.Model);
                CommonOptions.NoteDevice(located.Device);
            }

            var summary = MeasureDisplays.Choose(quiet).Show(shown => MeasureRun.Execute(located, last.Before(shown), interruption.Token));
            if (!quiet)
                Print(summary);
            return options.Shard is null ? RunOutcome.Conclude(summary) : CommandLine.Done; // a shard of skipped examples is judged when it is merged
        }
        catch (OperationCanceledException)
        {
            return interruption.Conclude();
        }
    }

    private static void Print(MeasureSummary summary)
    {
        foreach (var line in Describe(summary))
            Terminal.Tell(line);
    }

    /// <summary>The summary at the end of a run, in lines.</summary>
    internal static IEnumerable<string> Describe(MeasureSummary summary)
    {
        var loss = double.IsNaN(summary.MeanLoss) ? "" : string.Create(CultureInfo.InvariantCulture, $", mean loss {summary.MeanLoss:0.0000}");
        if (summary.NothingToDo)
        {
            yield return $"nothing to do: {summary.Paths.Lines} is complete with {Wording.Of(summary.Measured, "example")}{loss}";
        }
        else
        {
            var seconds = summary.Elapsed.TotalSeconds;
            yield return $"measured {Wording.Of(summary.MeasuredNow, "example")} in {Wording.Time(summary.Elapsed)}"
                + $" ({Wording.Speed(summary.MeasuredNow / seconds)} examples/s, {Wording.Speed(summary.TokensNow / seconds)} tokens/s){loss}";
            yield return $"wrote {summary.Paths.Lines} with {Wording.Of(summary.Measured, "example")}";
        }

        if (summary.NearlyTied > 0)
            yield return $"experts are nearly tied in {Wording.Of(summary.NearlyTied, "example")}: another precision may choose others there (see router_near_ties in the lines)";
        if (summary.Widened > 0)
            yield return $"{Wording.Of(summary.Widened, "example")} left the range of float32 and {(summary.Widened == 1 ? "was" : "were")} measured in float64 (\"precision\" in the lines)";
        if (summary.Unresolved > 0)
            yield return $"{Wording.Of(summary.Unresolved, "gradient")} could not be computed within the range of the numbers: null, with the reason underflow or overflow (see unresolved in the lines)";
        if (summary.EncodedOtherwise > 0)
        {
            var (now, other) = summary.TokenizerRules == TokenizerRules.Transformers4 ? ("4.57", TokenizerRules.Transformers5) : ("5.24", TokenizerRules.Transformers4);
            yield return $"note: {Wording.Of(summary.EncodedOtherwise, "example")} became other tokens than under --tokenizer-rules {TokenizerRulesName.Of(other)}, for versions of transformers differ in loading this tokenizer; these are those of {now}";
        }

        foreach (var skip in summary.Skipped)
            yield return $"skipped {Wording.Of(skip.Count, "example")}: {skip.Reason} ({Examples(skip.Examples)}; see {summary.Paths.Skipped})";
    }

    private static string Examples(IReadOnlyList<int> positions)
    {
        const int Shown = 5;
        var text = string.Join(", ", positions.Take(Shown));
        return positions.Count > Shown ? $"{text}, ..." : text;
    }

    /// <summary>Remembers how far the run came, for the line that an interruption prints.</summary>
    private sealed class LastProgress : IMeasureObserver
    {
        private IMeasureObserver? _next;
        private int _examples;
        private int _done;

        public IMeasureObserver Before(IMeasureObserver? next)
        {
            _next = next;
            return this;
        }

        public void Started(MeasurePlan plan)
        {
            (_examples, _done) = (plan.Examples, plan.Done);
            _next?.Started(plan);
        }

        public void Advanced(MeasureProgress progress)
        {
            _done = progress.Measured + progress.Skipped;
            _next?.Advanced(progress);
        }

        public override string ToString() => _examples == 0 ? " before the first example" : $" after {Wording.Count(_done)} of {Wording.Of(_examples, "example")}";
    }
}
