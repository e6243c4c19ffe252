using System.CommandLine;
using System.Globalization;
using System.Text;
using LayerGrad.Cli.Progress;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Models;
using LayerGrad.Tokenizers;
using Spectre.Console;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Cli.Commands;

/// <summary>
/// <c>layergrad inspect MODEL --data FILE</c>: examples as the model sees them, token by token. On a terminal the
/// tokens that count are coloured, thinking otherwise than the answer; elsewhere they stand in brackets and the others are divided by bars. Then what measuring would take.
/// </summary>
internal sealed class ExamplePrinter
{
    private const int ShownByDefault = 3;

    private readonly Option<string?> _data = new("--data", "-d") { Description = "Show examples of a dataset as the model sees them, and tell what measuring it would take.", HelpName = "DATA" };
    private readonly Option<int?> _show = new("--show") { Description = "How many examples to show; as many as --limit says, or 3.", HelpName = "N" };
    private readonly MeasureArguments _choices = MeasureArguments.ForForecast("The first examples alone: so many are shown, and told of.");

    /// <summary>Adds the options that concern examples to the command <c>inspect</c>.</summary>
    public ExamplePrinter(Command inspect)
    {
        inspect.Add(_data);
        inspect.Add(_show);
        _choices.AddChoicesTo(inspect);
    }

    /// <summary>What would be measured.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="model">The model as the user wrote it.</param>
    public MeasureRunOptions Read(ParseResult arguments, string model) => _choices.Read(arguments, model, arguments.GetValue(_data) ?? "", "");

    /// <summary>Shows the examples where the command line asks for them, and tells what measuring them would take.</summary>
    /// <returns>Whether it does.</returns>
    /// <param name="arguments">The command line.</param>
    /// <param name="options">What would be measured.</param>
    /// <param name="console">Where the examples are shown.</param>
    public bool TryPrint(ParseResult arguments, MeasureRunOptions options, IAnsiConsole console)
    {
        if (options.Data.Length == 0)
            return false;
        options.Validate();
        var source = DataArguments.Locate(options.Data);
        var shown = arguments.GetValue(_show) ?? options.Limit ?? ShownByDefault;
        var isCounted = options.End is not null || source.Parts.All(part => part.Path is not null);
        var first = options.Range?.Start ?? 0;
        var dataset = Dataset.Load(source, options.Fields, first, isCounted ? options.End : first + shown);
        var (_, end) = options.Select(dataset.End);
        using var model = ModelLoader.OpenAdapted(options.Model, AdapterName.Of(options.Adapter, options.AdapterFiles), options.ModelFiles, options.Tokenizer);
        var encoder = ExampleEncoder.ForModel(model, options.Measurement);
        TemplateOptions.NoteUnread(options.Measurement.Template, options.Measurement.Chat, options.Tokenizer ?? options.ModelFiles ?? options.Model);
        foreach (var example in dataset.Examples.Take(shown))
            Print(encoder.Encode(example), encoder.Tokenizer, console);
        if (!isCounted)
            console.WriteLine("More may follow; --limit N shows as many, and tells what measuring them takes.");
        else if (options.End is null && dataset.Examples.Count > shown)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{end - first - shown} more; --limit {end - first} shows all."));
        else if (options is { Range: null, End: { } limit } && dataset.Examples.Count == limit - first && More(source, limit) is { } more)
            console.WriteLine(more);
        if (isCounted)
            TellOfRun(model, options, dataset, encoder, console);
        return true;
    }

    /// <summary>What <c>measure</c> with the same options would take, from the plan that it would make.</summary>
    private static void TellOfRun(LoadedModel model, MeasureRunOptions options, LoadedDataset dataset, ExampleEncoder encoder, IAnsiConsole console)
    {
        Forecast forecast;
        try
        {
            forecast = Forecast.Of(model, options, dataset.Examples, encoder.Encode);
        }
        catch (InputException error)
        {
            console.WriteLine($"cannot be measured: {PlainText.Escape(error.Message)}");
            return;
        }

        foreach (var line in MeasureSpeed.Describe(forecast))
            console.Profile.Out.Writer.WriteLine(PlainText.Escape(line));
    }

    /// <summary>What is left; it is counted where the files are on the disk, and not where shards would be downloaded for it.</summary>
    private static string? More(DatasetSource source, int shown)
    {
        if (source.Parts.Any(part => part.Path is null))
            return "More follow; --limit N shows as many.";
        var count = Dataset.Count(source);
        return count > shown ? string.Create(CultureInfo.InvariantCulture, $"{count - shown} more; --limit {count} shows all.") : null;
    }

    /// <summary>Shows one example.</summary>
    internal static void Print(EncodedExample encoded, Tokenizer tokenizer, IAnsiConsole console)
    {
        if (encoded.Tokens is not { } tokens)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"example {encoded.Example.Index}: skipped: {PlainText.Escape(encoded.SkipReason ?? "")}\n"));
            return;
        }

        var heading = string.Create(CultureInfo.InvariantCulture, $"example {encoded.Example.Index}: {tokens.Ids.Length} tokens, {tokens.ResponseLength} of them response")
            + (tokens.CountedThinking is > 0 and var thinking ? string.Create(CultureInfo.InvariantCulture, $", {thinking} of these thinking") : "");
        console.WriteLine(tokens.Truncated ? heading + ", cut off at the maximum length" : heading, new Style(decoration: Decoration.Bold));
        if (console.Profile.Capabilities.Ansi)
            console.Write(Coloured(tokens, tokenizer));
        else
            console.Profile.Out.Writer.Write(Bracketed(tokens, tokenizer));
        console.WriteLine(tokens.Truncated ? "…\n" : "\n");
    }

    /// <summary>Neighbouring tokens differ in shade, so that one sees where each ends.</summary>
    private static Paragraph Coloured(TokenizedExample tokens, Tokenizer tokenizer)
    {
        var paragraph = new Paragraph();
        var counted = tokens.CountedPositions.ToHashSet();
        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            var (light, dark) = !counted.Contains(i) ? (Color.Default, Color.Grey) : tokens.PartOf(i) == TokenPart.Thinking ? (Color.Yellow, Color.Olive) : (Color.Green, Color.Aqua);
            paragraph.Append(TokenText(tokens, i, tokenizer), new Style(i % 2 == 0 ? light : dark));
        }

        return paragraph;
    }

    private static string Bracketed(TokenizedExample tokens, Tokenizer tokenizer)
    {
        var text = new StringBuilder();
        var counted = tokens.CountedPositions.ToHashSet();
        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            if (counted.Contains(i))
                text.Append('[').Append(TokenText(tokens, i, tokenizer)).Append(']');
            else
                text.Append(TokenText(tokens, i, tokenizer)).Append('|');
        }

        return text.ToString();
    }

    /// <summary>The text that a token stands for; the vocabulary's own form where that is none, or where it shares a character with the token before it.</summary>
    private static string TokenText(TokenizedExample tokens, int at, Tokenizer tokenizer)
    {
        var (start, end) = tokens.Offsets[at];
        var isOwn = end > start && (at == 0 || tokens.Offsets[at - 1] != tokens.Offsets[at]);
        return isOwn ? Visible(tokens.Text[start..end]) : Visible(tokenizer.IdToToken(tokens.Ids[at]) ?? "?");
    }

    /// <summary>White space and control characters as signs; a line feed also breaks the line.</summary>
    private static string Visible(string text) => string.Concat(text.Select(c => c switch
    {
        '\n' => "⏎\n",
        '\t' => "→",
        < ' ' => ((char)('\u2400' + c)).ToString(),
        '\x7f' => "␡",
        _ => PlainText.IsControl(c) ? PlainText.Escaped(c) : c.ToString(),
    }));
}
