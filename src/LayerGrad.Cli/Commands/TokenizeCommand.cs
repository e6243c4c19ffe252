using System.Buffers;
using System.CommandLine;
using System.Text.Json;
using LayerGrad.Cli.Progress;
using LayerGrad.Examples;
using LayerGrad.Models;
using LayerGrad.Tokenizers;

namespace LayerGrad.Cli.Commands;

/// <summary><c>layergrad tokenize</c>: the tokens of texts, one line of JSON a text.</summary>
internal static class TokenizeCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A folder with tokenizer.json, ORG/NAME on the hub, or a GGUF file." };
        var texts = new Argument<string[]>("TEXT") { Description = "Texts to encode; without any and without --file, the lines of standard input.", Arity = ArgumentArity.ZeroOrMore };
        var file = new Option<string?>("--file") { Description = "JSON Lines with one object a line: {\"text\": ...}.", HelpName = "TEXTS.jsonl" };
        var rules = CommonOptions.TokenizerRules();
        var command = new Command(
            "tokenize",
            "Encode texts: a line {\"ids\", \"ids_without_special\", \"offsets\"} for each; offsets count code points.\n\nExample: layergrad tokenize ./Llama-3.1-8B 'Hello, world!'")
        {
            model, texts, file, rules,
        };
        command.SetAction(arguments =>
        {
            var name = arguments.GetRequiredValue(model);
            using var opened = ModelLoader.Open(name, ModelLoader.Locate(name, DownloadLog.Choose(quiet: false), tokenizerOnly: true));
            var tokenizer = opened.LoadTokenizer(arguments.GetValue(rules));
            var given = arguments.GetValue(texts) ?? [];
            if (arguments.GetValue(file) is not { } path)
                Print(tokenizer, given.Length > 0 ? given : LinesOf(Console.In));
            else if (given.Length > 0)
                throw new InputException("give either texts or --file, not both");
            else
                Print(tokenizer, TextFile.Read(path));
        });
        return command;
    }

    private static IEnumerable<string> LinesOf(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static void Print(Tokenizer tokenizer, IEnumerable<string> texts)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        foreach (var text in texts)
        {
            var encoding = tokenizer.Encode(text);
            writer.WriteStartObject();
            WriteNumbers(writer, "ids", encoding.Ids);
            WriteNumbers(writer, "ids_without_special", tokenizer.Encode(text, addSpecialTokens: false).Ids);
            writer.WriteStartArray("offsets");
            foreach (var (start, end) in encoding.OffsetsInCodePoints(text))
            {
                writer.WriteStartArray();
                writer.WriteNumberValue(start);
                writer.WriteNumberValue(end);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.Flush();
            Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan));
            buffer.ResetWrittenCount();
            writer.Reset();
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, int[] numbers)
    {
        writer.WriteStartArray(key);
        foreach (var number in numbers)
            writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
