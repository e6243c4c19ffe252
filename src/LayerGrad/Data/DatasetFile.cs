using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Examples;

namespace LayerGrad.Data;

/// <summary>
/// Writes datasets as the original study lays them out: a JSON array of <c>{"instruction", "input", "output"}</c>,
/// indented by four spaces. A conversation is written with its <c>messages</c> instead.
/// </summary>
public static class DatasetFile
{
    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        IndentSize = 4,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a dataset whole or not at all: with <see cref="WholeFile"/>.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="examples">The records, in their order.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Example> examples)
    {
        WholeFile.Write(path, file =>
        {
            using var json = new Utf8JsonWriter(file, Layout);
            json.WriteStartArray();
            foreach (var example in examples)
                Write(json, example);
            json.WriteEndArray();
            json.Flush();
            file.Write("\n"u8);
        });
    }

    private static void Write(Utf8JsonWriter json, Example example)
    {
        json.WriteStartObject();
        if (example.Messages is { } messages)
        {
            json.WriteStartArray("messages");
            foreach (var message in messages.Append(new ChatMessage("assistant", example.Output)))
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role);
                json.WriteString("content", message.Content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteString("instruction", example.Instruction);
            json.WriteString("input", example.Input);
            json.WriteString("output", example.Output);
        }

        json.WriteEndObject();
    }
}
