using System.CommandLine;
using System.Globalization;
using LayerGrad.Analysis;
using LayerGrad.Cli.Progress;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Runs.Kernels;
using LayerGrad.Models;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad kernel</c>: the inner products between the gradients of examples.</summary>
internal static class KernelCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var arguments = new MeasureArguments("KERNEL.npy", "Where to write: KERNEL.npy (NumPy, float64), with KERNEL.json, which names its axes, beside it.");
        var by = new Option<string>("--by") { Description = "A kernel for each weight, for each layer, or one over all.", HelpName = "weight|layer|sum", DefaultValueFactory = _ => "weight" };
        var normalize = new Option<bool>("--normalize") { Description = "Write cosines rather than inner products." };
        var test = new Option<string?>("--test") { Description = "A second dataset: print which examples' gradients are most and least aligned with its mean gradient.", HelpName = "DATA" };
        var with = new Option<string[]>("--with") { Description = "Further datasets whose examples join the kernel, a set each, for 'layergrad agreement'; --limit and --range hold for each.", HelpName = "DATA", AllowMultipleArgumentsPerToken = true };
        var labels = new Option<string[]?>("--labels")
        {
            Description = "The names of the sets, that of --data first; from the files' names otherwise.",
            HelpName = "A,B,C",
            CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries))],
        };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing but errors." };
        var command = new Command(
            "kernel",
            "Compute the inner products between the loss gradients of all examples of a dataset, exactly.\n\n"
            + "Example: layergrad kernel --model HuggingFaceTB/SmolLM2-135M --data train.json --test exam.json --by layer --out kernel.npy");
        arguments.AddSharedTo(command);
        foreach (var option in (Option[])[by, normalize, test, with, labels, quiet])
            command.Add(option);
        command.SetAction(result => Run(
            new KernelOptions
            {
                Measure = arguments.Read(result),
                By = KernelOptions.ParseBy(result.GetValue(by)!),
                Normalize = result.GetValue(normalize),
                Test = result.GetValue(test),
                With = result.GetValue(with) ?? [],
                Labels = result.GetValue(labels) ?? [],
            },
            result.GetValue(quiet)));
        return command;
    }

    private static int Run(KernelOptions options, bool quiet)
    {
        using var interruption = new Interruption("interrupted; nothing was written.");
        try
        {
            var files = ModelLoader.Locate(options.Measure.Model, DownloadLog.Choose(quiet), cancel: interruption.Token);
            var data = DataArguments.Locate(options.Measure.Data, options.Measure.Spool, quiet, interruption.Token);
            var located = options with
            {
                Measure = options.Measure with
                {
                    ModelFiles = files,
                    AdapterFiles = ModelLoader.LocateAdapter(options.Measure.Adapter, DownloadLog.Choose(quiet), interruption.Token),
                    Source = data,
                },
                TestSource = options.Test is { } test ? DataArguments.Locate(test, options.Measure.Spool, quiet, interruption.Token) : null,
                WithSources = [.. options.With.Select(name => DataArguments.Locate(name, options.Measure.Spool, quiet, interruption.Token))],
                Labels = options.Labels.Count == 0 && options.With.Count > 0 ? RunLabels.FromPaths([options.Measure.Data, .. options.With]) : options.Labels,
            };
            if (!quiet)
            {
                TemplateOptions.NoteUnread(located.Measure.Measurement.Template, located.Measure.Measurement.Chat, located.Measure.Tokenizer ?? files);
                CommonOptions.NoteDevice(located.Measure.Device);
            }

            var summary = MeasureDisplays.Choose(quiet).Show(shown => KernelRun.Execute(located, shown, interruption.Token));
            foreach (var line in Describe(summary, quiet))
                Terminal.Print(line);
            return CommandLine.Done;
        }
        catch (OperationCanceledException)
        {
            return interruption.Conclude();
        }
    }

    /// <summary>What is printed at the end.</summary>
    private static IEnumerable<string> Describe(KernelSummary summary, bool quiet)
    {
        const int Shown = 5;
        if (!quiet)
        {
            yield return $"wrote {summary.Path} ({string.Join(" x ", summary.Shape)}) in {Wording.Time(summary.Elapsed)}";
            foreach (var skip in summary.Skipped)
                yield return $"left out example {skip.Index} of {skip.File}: {skip.Reason}";
        }

        if (summary.Alignments.Count == 0)
            yield break;
        yield return "most aligned with the test set:";
        foreach (var alignment in summary.Alignments.Take(Shown))
            yield return Line(alignment);
        yield return "least aligned with the test set:";
        foreach (var alignment in summary.Alignments.Reverse().Take(Shown))
            yield return Line(alignment);
    }

    private static string Line(KernelAlignment alignment)
    {
        const int Width = 80;
        var text = alignment.Example.InstructionWithInput.ReplaceLineEndings(" ");
        var shown = text.Length > Width ? string.Concat(text.AsSpan(0, Width - 1), "…") : text;
        return string.Create(CultureInfo.InvariantCulture, $"  {alignment.Cosine,7:0.0000}  example {alignment.Example.Index}: {shown}");
    }
}
