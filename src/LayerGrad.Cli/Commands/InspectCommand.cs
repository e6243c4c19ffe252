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
        var device = CommonOptions.Device();
        var memory = CommonOptions.Memory();
        var command = new Command("inspect", "Show what a model is and what would be measured of it; with --data, how it sees a dataset.\n\nExample: layergrad inspect SmolLM2-135M-Instruct.Q4_1.gguf --data aqua.json --chat")
        {
            model, device, memory,
        };
        var examples = new ExamplePrinter(command);
        command.SetAction(result =>
        {
            var name = result.GetRequiredValue(model);
            var files = ModelLoader.Locate(name, DownloadLog.Choose(quiet: false));
            if (!examples.TryPrint(result, name, files, Terminal.Create()))
                ShowModel(files, result.GetValue(memory), result.GetValue(device)!);
        });
        return command;
    }

    private static void ShowModel(string model, long? memory, string device)
    {
        using var opened = ModelLoader.Open(model);
        var inspection = ModelInspection.Of(opened, memory, device);
        var console = Terminal.Create();
        console.Write(Sizes(inspection));
        if (inspection.Unsupported is { } reason)
            console.MarkupLine($"[yellow]cannot be measured: {Markup.Escape(reason)}[/]");
        foreach (var note in inspection.WeightNotes)
            console.MarkupLine($"[yellow]note: {Markup.Escape(note)}[/]");
        foreach (var line in NotUnderstood(inspection.Nearest))
            console.MarkupLine(line);
        console.Write(Weights(inspection));
        if (inspection.Plans.Count > 0)
            console.Write(Memory(inspection, memory));
        foreach (var refusal in inspection.Plans.Select(plan => plan.Refusal).OfType<string>().Distinct())
            console.MarkupLine($"[yellow]{Markup.Escape(refusal)}[/]");
    }

    /// <summary>What somebody who adds the family has to look at.</summary>
    private static IEnumerable<string> NotUnderstood(NearestFamily? nearest)
    {
        if (nearest is null)
            yield break;
        yield return $"the nearest family is {Markup.Escape(nearest.Family)}; docs/add-a-family.md says how to add another";
        foreach (var (what, names) in ((string, IReadOnlyList<string>)[])
            [("fields that it does not understand", nearest.Fields), ("tensors that it does not know", nearest.Tensors), ("tensors that it misses", nearest.Missing)])
        {
            if (names.Count > 0)
                yield return $"  {what}: {Markup.Escape(string.Join(", ", names))}";
        }
    }

    private static Table Sizes(ModelInspection model)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        table.AddRow("model", Markup.Escape(model.Location));
        table.AddRow("family", Markup.Escape(model.Family));
        foreach (var (name, value) in model.Sizes)
            table.AddRow(name, Markup.Escape(value));
        table.AddRow("parameters", $"{Wording.Count(model.Parameters)} ({ByteSize.Format(model.Bytes)} on disk)");
        table.AddRow("stored as", Markup.Escape(string.Join(", ", model.Types.Select(type => $"{type.Name} ({Share(type.Elements, model.Parameters)})"))));
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
                Markup.Escape(group.Kind), Wording.Count(group.Rows), Wording.Count(group.Columns), Wording.Count(group.Count),
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
        table.AddRow(["layers with activations kept", .. model.Plans.Select(plan => plan.Plan is { } known ? Wording.Count(known.KeptLayers) : "")]);
        return table.AddRow(["time for 100 examples of 200 tokens, about", .. model.Plans.Select(plan => plan.Time is { } time ? Wording.Time(time.For(100, 100 * 200)) : "")]);
    }

    private static int Count(ModelInspection model, Func<WeightGroup, bool> measured) => model.Weights.Where(measured).Sum(group => group.Count);

    private static string Mark(bool measured) => measured ? "[green]yes[/]" : "-";

    private static string Share(long part, long whole) => (100.0 * part / whole).ToString(part == whole ? "0" : "0.0", CultureInfo.InvariantCulture) + " %";
}
