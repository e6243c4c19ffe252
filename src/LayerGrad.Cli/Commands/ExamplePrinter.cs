using System.CommandLine;
using System.Globalization;
using System.Text;
using LayerGrad.Examples;
using LayerGrad.Measuring.Protocols;
using LayerGrad.Models;
using LayerGrad.Tokenizers;
using Spectre.Console;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Cli.Commands;

/// <summary>
/// <c>layergrad inspect MODEL --data FILE</c>: examples as the model sees them, token by token. On a terminal the
/// response is coloured; elsewhere its tokens stand in brackets and those of the prompt are divided by bars.
/// </summary>
internal sealed class ExamplePrinter
{
    private const int ShownByDefault = 3;

    private readonly Option<string?> _data = new("--data") { Description = "Show examples of a dataset as the model sees them.", HelpName = "DATA" };
    private readonly DataArguments _fields = new();
    private readonly Option<bool> _chat = new("--chat") { Description = "Write the prompts with the model's chat template." };
    private readonly TemplateOptions _template = new();
    private readonly Option<Protocol> _protocol = new("--protocol") { Description = "How examples become tokens.", HelpName = "paper|strict" };
    private readonly Option<int> _maxLength = new("--max-length") { Description = "The most tokens an example keeps.", HelpName = "N", DefaultValueFactory = _ => 1024 };
    private readonly Option<int> _limit = new("--limit") { Description = "How many examples to show.", HelpName = "N", DefaultValueFactory = _ => ShownByDefault };
    private readonly Option<string?> _tokenizer = CommonOptions.Tokenizer();
    private readonly Option<TokenizerRules> _rules = CommonOptions.TokenizerRules();
    private readonly Option<DateOnly?> _date = CommonOptions.Date();

    /// <summary>Adds the options that concern examples to the command <c>inspect</c>.</summary>
    public ExamplePrinter(Command inspect)
    {
        foreach (Option option in (Option[])[_data, .. _fields.All, _chat, .. _template.All, _protocol, _maxLength, _limit, _date, _tokenizer, _rules])
            inspect.Add(option);
    }

    /// <summary>Shows the examples where the command line asks for them.</summary>
    /// <returns>Whether it does.</returns>
    /// <param name="arguments">The command line.</param>
    /// <param name="name">The model as the user wrote it.</param>
    /// <param name="files">Where its files lie.</param>
    /// <param name="console">Where the examples are shown.</param>
    public bool TryPrint(ParseResult arguments, string name, string files, IAnsiConsole console)
    {
        if (arguments.GetValue(_data) is not { } path)
            return false;
        if (arguments.GetValue(_maxLength) < 2)
            throw new InputException("--max-length must be at least 2.");
        var shown = arguments.GetValue(_limit);
        var dataset = _fields.Load(arguments, path, shown + 1);
        using var model = ModelLoader.Open(name, files, arguments.GetValue(_tokenizer));
        var template = _template.Read(arguments);
        var encoder = ExampleEncoder.ForModel(model, new MeasurementSpecification
        {
            Chat = arguments.GetValue(_chat),
            Template = template,
            Protocol = arguments.GetValue(_protocol),
            MaxLength = arguments.GetValue(_maxLength),
            TokenizerRules = arguments.GetValue(_rules),
            Date = arguments.GetValue(_date),
        });
        TemplateOptions.NoteUnread(template, arguments.GetValue(_chat), arguments.GetValue(_tokenizer) ?? files);
        foreach (var example in dataset.Examples.Take(shown))
            Print(encoder.Encode(example), encoder.Tokenizer, console);
        if (dataset.Examples.Count > shown)
            console.WriteLine(More(dataset.Source, shown));
        return true;
    }

    /// <summary>What is left; it is counted where the files are on the disk, and not where shards would be downloaded for it.</summary>
    private static string More(DatasetSource source, int shown)
    {
        if (source.Parts.Any(part => part.Path is null))
            return "More follow; --limit N shows as many.";
        var count = Dataset.Count(source);
        return string.Create(CultureInfo.InvariantCulture, $"{count - shown} more; --limit {count} shows all.");
    }

    /// <summary>Shows one example.</summary>
    internal static void Print(EncodedExample encoded, Tokenizer tokenizer, IAnsiConsole console)
    {
        if (encoded.Tokens is not { } tokens)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"example {encoded.Example.Index}: skipped: {encoded.SkipReason}\n"));
            return;
        }

        var heading = string.Create(CultureInfo.InvariantCulture, $"example {encoded.Example.Index}: {tokens.Ids.Length} tokens, {tokens.ResponseLength} of them response");
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
        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            var (light, dark) = i < tokens.ResponseStart ? (Color.Default, Color.Grey) : (Color.Green, Color.Aqua);
            paragraph.Append(TokenText(tokens, i, tokenizer), new Style(i % 2 == 0 ? light : dark));
        }

        return paragraph;
    }

    private static string Bracketed(TokenizedExample tokens, Tokenizer tokenizer)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            if (i >= tokens.ResponseStart)
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
        return isOwn ? Visible(tokens.Text[start..end]) : tokenizer.IdToToken(tokens.Ids[at]) ?? "?";
    }

    /// <summary>White space and control characters as signs; a line feed also breaks the line.</summary>
    private static string Visible(string text) => string.Concat(text.Select(c => c switch
    {
        '\n' => "⏎\n",
        '\t' => "→",
        < ' ' => ((char)('\u2400' + c)).ToString(),
        '\x7f' => "␡",
        _ => c.ToString(),
    }));
}
