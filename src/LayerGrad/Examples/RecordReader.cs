using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Examples;

/// <summary>Makes an <see cref="Example"/> of one record of a dataset, in whichever of the known forms it is.</summary>
internal static class RecordReader
{
    /// <summary>Reads one record.</summary>
    /// <param name="record">The value; its file names the dataset and the record's position.</param>
    /// <param name="index">Its position in the dataset, from 0.</param>
    /// <exception cref="InputException">The value is not an example.</exception>
    public static Example Read(JsonValue record, int index)
    {
        if (!record.IsObject)
            throw record.Error($"is {Name(record)}; it should be an object with instruction and output");
        if (record.FindOrNull("messages") is not null)
            return Conversation(record, index);
        if (record.FindOrNull("instruction") is not null)
            return new Example(index, record.Text("instruction"), record.OptionalText("input") ?? "", record.Text("output"));
        if (record.FindOrNull("prompt") is not null)
            return new Example(index, record.Text("prompt"), "", record.Text("completion"));
        throw record.Error("has no instruction; a record has instruction and output, prompt and completion, or messages");
    }

    private static Example Conversation(JsonValue record, int index)
    {
        var turns = record.Array("messages").Select(static message => new ChatMessage(message.Text("role"), Content(message.Require("content")))).ToList();

        // What follows the last assistant turn is no prompt and no response: it cannot influence either.
        var last = turns.FindLastIndex(turn => turn.Role == "assistant");
        if (last < 0)
            throw record.Error("has no assistant turn in messages; the last one is the response");
        if (last == 0)
            throw record.Error("has no turn before the assistant's in messages; the turns before it are the prompt");
        var prompt = turns[..last];
        return new Example(index, string.Join('\n', prompt.Select(turn => turn.Content)), "", turns[last].Content, prompt);
    }

    /// <summary>The content of a turn: a text, or an array of text parts that are joined as they are.</summary>
    private static string Content(JsonValue content) => content.IsArray
        ? string.Concat(content.Items().Select(static part => part.IsObject && part.FindOrNull("text") is not null
            ? part.Text("text")
            : throw part.Error($"{part.Path} is a part without text; only text can be measured")))
        : content.AsText();

    private static string Name(JsonValue value) => value.Kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        _ => "null",
    };
}
