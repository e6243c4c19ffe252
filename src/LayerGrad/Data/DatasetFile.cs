using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Examples;
using LayerGrad.Json;

namespace LayerGrad.Data;

/// <summary>
/// Writes datasets as the original study lays them out: a JSON array of <c>{"instruction", "input", "output"}</c>,
/// indented by four spaces. A conversation is written with its <c>messages</c> instead.
/// </summary>
internal static class DatasetFile
{
    private static readonly JsonWriterOptions s_layout = new()
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
            using var json = new Utf8JsonWriter(file, s_layout);
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
        if (example.TokenIds is { } tokens)
            Write(json, tokens);
        else if (example.Messages is { } messages)
        {
            json.WriteStartArray("messages");
            foreach (var message in messages.Append(example.Response ?? new ChatMessage("assistant", example.Output)))
                Write(json, message);
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("instruction", example.Instruction);
            json.WriteString("input", example.Input);
            json.WriteString("output", example.Output);
            if (example.System.Length > 0)
                json.WriteString("system", example.System);
            if (example.History.Count > 0)
                WriteHistory(json, example.History);
        }

        foreach (var (key, value) in ((string, JsonValue?)[])[("tools", example.Tools), ("documents", example.Documents), ("chat_template_kwargs", example.TemplateVariables)])
        {
            if (value is not { } given)
                continue;
            json.WritePropertyName(key);
            given.Element.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TokenIdSequence tokens)
    {
        var counted = tokens.Counted.ToHashSet();
        json.WriteStartArray("input_ids");
        foreach (var id in tokens.Ids)
            json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteStartArray("labels");
        for (var i = 0; i < tokens.Ids.Length; i++)
            json.WriteNumberValue(counted.Contains(i) ? tokens.Ids[i] : -100);
        json.WriteEndArray();
    }

    /// <summary>A turn as it stood in the record that it was read from, or its role and content.</summary>
    private static void Write(Utf8JsonWriter json, ChatMessage message)
    {
        if (message.Record is { } record)
        {
            record.Element.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        json.WriteString("role", message.Role);
        json.WriteString("content", message.Content);
        json.WriteEndObject();
    }

    private static void WriteHistory(Utf8JsonWriter json, IReadOnlyList<(string User, string Assistant)> history)
    {
        json.WriteStartArray("history");
        foreach (var (user, assistant) in history)
        {
            json.WriteStartArray();
            json.WriteStringValue(user);
            json.WriteStringValue(assistant);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
