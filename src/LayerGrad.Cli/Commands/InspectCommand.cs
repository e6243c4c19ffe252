using System.CommandLine;
using System.Globalization;
using LayerGrad.Cli.Progress;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Models;
using Spectre.Console;
using LayerGrad.Compute;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad inspect MODEL</c>: what a model is, and what would be measured of it; or how it sees a dataset.</summary>
internal static class InspectCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A Hugging Face folder, ORG/NAME on the hub, or FILE.gguf." };
        var command = new Command(
            "inspect",
            "Show what a model is and what would be measured of it; with --data, how it sees a dataset, and what time and memory 'measure' would take with the same options.\n\n"
            + "Example: layergrad inspect SmolLM2-135M-Instruct.Q4_1.gguf --data aqua.json --chat")
        {
            model,
        };
        var examples = new ExamplePrinter(command);
        command.SetAction(result =>
        {
            var name = result.GetRequiredValue(model);
            var files = ModelLoader.Locate(name, DownloadLog.Choose(quiet: false));
            var options = examples.Read(result, name) with { ModelFiles = files };
            options = options with { AdapterFiles = ModelLoader.LocateAdapter(options.Adapter, DownloadLog.Choose(quiet: false)) };
            if (!examples.TryPrint(result, options, Terminal.Create()))
                ShowModel(options);
        });
        return command;
    }

    private static void ShowModel(MeasureRunOptions options)
    {
        options.Validate();
        using var opened = ModelLoader.OpenAdapted(options.Model, AdapterName.Of(options.Adapter, options.AdapterFiles), options.ModelFiles, options.Tokenizer);
        var inspection = ModelInspection.Of(opened, options);
        var console = Terminal.Create();
        console.Write(Sizes(inspection));
        if (inspection.Unsupported is { } reason)
            console.MarkupLine($"[yellow]cannot be measured: {Terminal.Markup(reason)}[/]");
        foreach (var note in inspection.WeightNotes)
            console.MarkupLine($"[yellow]note: {Terminal.Markup(note)}[/]");
        foreach (var line in NotUnderstood(inspection.Nearest))
            console.MarkupLine(line);
        console.Write(Weights(inspection));
        if (inspection.Plans.Count > 0)
            console.Write(Memory(inspection, options.Memory));
        foreach (var refusal in inspection.Plans.Select(plan => plan.Refusal).OfType<string>().Distinct())
            console.MarkupLine($"[yellow]{Terminal.Markup(refusal)}[/]");
    }

    /// <summary>What somebody who adds the family has to look at.</summary>
    private static IEnumerable<string> NotUnderstood(NearestFamily? nearest)
    {
        if (nearest is null)
            yield break;
        yield return $"the nearest family is {Terminal.Markup(nearest.Family)}; docs/add-a-family.md says how to add another";
        foreach (var (what, names) in ((string, IReadOnlyList<string>)[])
            [("fields that it does not understand", nearest.Fields), ("tensors that it does not know", nearest.Tensors), ("tensors that it misses", nearest.Missing)])
        {
            if (names.Count > 0)
                yield return $"  {what}: {Terminal.Markup(string.Join(", ", names))}";
        }
    }

    private static Table Sizes(ModelInspection model)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        table.AddRow("model", Terminal.Markup(model.Location));
        if (model.Adapter is { } adapter)
            table.AddRow("adapter", Terminal.Markup(adapter));
        table.AddRow("family", Terminal.Markup(model.Family));
        foreach (var (name, value) in model.Sizes)
            table.AddRow(name, Terminal.Markup(value));
        table.AddRow("parameters", $"{Wording.Count(model.Parameters)} ({ByteSize.Format(model.Bytes)} on disk)");
        table.AddRow("stored as", Terminal.Markup(string.Join(", ", model.Types.Select(type => $"{type.Name} ({Share(type.Elements, model.Parameters)})"))));
        if (model.Quantization is { } quantization)
            table.AddRow("quantised", Terminal.Markup(quantization));
        return table;
    }

    private static Table Weights(ModelInspection model)
    {
        var table = new Table().Border(TableBorder.Simple).Title("what is measured", new Style(decoration: Decoration.Bold))
            .AddColumn("weight").AddColumn(new TableColumn("out").RightAligned()).AddColumn(new TableColumn("in").RightAligned())
            .AddColumn(new TableColumn("count").RightAligned()).AddColumn("paper").AddColumn("strict").AddColumn("--weights all");
        foreach (var group in model.Weights)
        {
            table.AddRow(
                Terminal.Markup(group.Kind), Wording.Count(group.Rows), Wording.Count(group.Columns), Wording.Count(group.Count),
                Mark(group.InPaper), Mark(group.InStrict), Mark(true));
        }

        return table.AddRow(
            "[grey]weights an example[/]", "", "", "", $"[grey]{Count(model, group => group.InPaper)}[/]", $"[grey]{Count(model, group => group.InStrict)}[/]", $"[grey]{Count(model, _ => true)}[/]");
    }

    private static Table Memory(ModelInspection model, long? budget)
    {
        var allowed = budget is { } bytes ? $"{ByteSize.Format(bytes)} may be used" : "70 % of what is free now may be used";
        var table = new Table().Border(TableBorder.Simple).Title($"memory and time ({allowed})", new Style(decoration: Decoration.Bold)).AddColumn("");
        foreach (var plan in model.Plans)
            table.AddColumn(new TableColumn(plan.Precision.NameOf()).RightAligned());
        foreach (var part in model.Plans.SelectMany(plan => plan.Plan?.Parts ?? []).Select(part => part.Name).Distinct())
            table.AddRow([part, .. model.Plans.Select(plan => plan.Plan?.Parts.FirstOrDefault(other => other.Name == part) is { } used ? ByteSize.Format(used.Bytes) : "")]);
        table.AddRow(["[bold]all[/]", .. model.Plans.Select(plan => plan.Plan is { } known ? $"[bold]{ByteSize.Format(known.Bytes)}[/]" : "[yellow]too large[/]")]);
        table.AddRow(["tokens a window", .. model.Plans.Select(plan => plan.Plan is { } known ? Wording.Count(known.TokenBudget) : "")]);
        table.AddRow(["layers resident", .. model.Plans.Select(plan => plan.Plan is { } known ? Wording.Count(known.ResidentLayers) : "")]);
        if (model.Plans.Any(plan => plan.Plan is { HeldLayers: > 0 }))
            table.AddRow(["layers held as stored", .. model.Plans.Select(plan => plan.Plan is { } known ? Wording.Count(known.HeldLayers) : "")]);
        table.AddRow(["layers with activations kept", .. model.Plans.Select(plan => plan.Plan is { } known ? Wording.Count(known.KeptLayers) : "")]);
        return table.AddRow(["time for 100 examples of 200 tokens", .. model.Plans.Select(plan => plan.Time is { } time ? Wording.Time(time.For(100, new ExampleLength(Tokens: 200, Counted: 100))) : "")]);
    }

    private static int Count(ModelInspection model, Func<WeightGroup, bool> measured) => model.Weights.Where(measured).Sum(group => group.Count);

    private static string Mark(bool measured) => measured ? "[green]yes[/]" : "-";

    private static string Share(long part, long whole) => (100.0 * part / whole).ToString(part == whole ? "0" : "0.0", CultureInfo.InvariantCulture) + " %";
}
