using System.CommandLine;
using System.Globalization;
using LayerGrad.ChatTemplates;
using LayerGrad.Data;
using LayerGrad.Examples;
using LayerGrad.Models;

namespace LayerGrad.Cli.Commands.Datasets;

/// <summary><c>layergrad data inspect</c>: what may surprise in a dataset, before it is measured.</summary>
internal static class DataInspectCommand
{
    private const int BarWidth = 40;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = $"The dataset: {DataArguments.Kinds}." };
        var fields = new DataArguments();
        var against = new Option<string?>("--against") { Description = "The same records with other answers: count those that are equal.", HelpName = "FILE" };
        var model = new Option<string?>("--model") { Description = "Count tokens with this model's tokenizer: a folder, a GGUF file, or ORG/NAME.", HelpName = "M" };
        var chat = new Option<bool>("--chat") { Description = "Count them in the model's chat template." };
        var template = new TemplateOptions();
        var maxLength = new Option<int>("--max-length") { Description = "The largest number of tokens that is measured.", DefaultValueFactory = _ => 1024 };
        var command = new Command("inspect", "Count empty and repeated texts, and show how long they are.\n\nExample: layergrad data inspect aqua_train_no_cot.json --against irrelevant.json")
        {
            file, model, chat, maxLength, against,
        };
        foreach (var option in (Option[])[.. template.All, .. fields.All])
            command.Add(option);
        command.SetAction(arguments =>
        {
            var path = arguments.GetRequiredValue(file);
            var dataset = fields.Load(arguments, path).RequireTexts("data inspect");
            var examples = dataset.Examples;
            var given = template.Read(arguments);
            var count = arguments.GetValue(model) is { } name
                ? Counter(ModelLoader.Locate(name), dataset, arguments.GetValue(chat), given)
                : given.IsEmpty ? null : throw new InputException("--template-arg and --tools are for a model's chat template; give --model and --chat");
            Print($"{path}: {dataset.Description}", Inspection.Inspect(examples, count, arguments.GetValue(maxLength)));
            if (arguments.GetValue(against) is { } other)
                Terminal.Print($"equal answers           {Inspection.EqualOutputs(examples, fields.Load(arguments, other).Examples)} of {examples.Count} are the same in {other}");
        });
        return command;
    }

    private static Func<Example, (int Total, int Output)?> Counter(string model, LoadedDataset data, bool chat, TemplateArguments template)
    {
        var count = Inspection.TokenCounter(model, data, chat, template);
        TemplateOptions.NoteUnread(template, chat, model);
        return count;
    }

    private static void Print(string path, DatasetSummary summary)
    {
        Terminal.Print(path);
        Terminal.Print($"records                 {summary.Records}");
        Terminal.Print($"empty                   {summary.EmptyInstructions} instructions, {summary.EmptyOutputs} outputs");
        Terminal.Print($"repeated instructions   {summary.RepeatedInstructions}");
        Terminal.Print($"different outputs       {summary.DistinctOutputs}; the most frequent stands {summary.CommonestOutputCount} times: {Excerpt(summary.CommonestOutput)}");
        Terminal.Print($"answer in the question  {summary.AnswersInInstruction}");
        Print("instruction, characters", summary.InstructionCharacters);
        Print("output, characters", summary.OutputCharacters);
        if (summary.Tokens is not { } tokens)
            return;
        Print("whole text, tokens", tokens.Total);
        Print("output, tokens", tokens.Output);
        Terminal.Print($"longer than {tokens.MaxLength}        {tokens.Truncated} are truncated; {tokens.NothingLeft} of them keep no token of the output and are not measured");
    }

    private static void Print(string title, LengthSummary lengths)
    {
        Terminal.Print(string.Create(CultureInfo.InvariantCulture, $"{title,-24}{lengths.Smallest} to {lengths.Largest}, median {lengths.Median:0.#}, mean {lengths.Mean:0.#}"));
        var most = lengths.Bins.Max();
        for (var i = 0; i < lengths.Bins.Count; i++)
        {
            var bar = new string('#', (int)Math.Ceiling((double)lengths.Bins[i] * BarWidth / most));
            Terminal.Print($"  {i * lengths.BinWidth,8} {bar,-BarWidth} {lengths.Bins[i]}");
        }
    }

    private static string Excerpt(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 50 ? $"'{line}'" : $"'{line[..50]}...'";
    }
}
