using System.Text;
using System.Text.Json;

namespace LayerGrad.Examples;

/// <summary>Makes an <see cref="Example"/> of one record of a dataset, in whichever of the known forms it is.</summary>
internal static class RecordReader
{
    /// <summary>Reads one record.</summary>
    /// <param name="record">The JSON value.</param>
    /// <param name="index">Its position in the dataset, from 0.</param>
    /// <param name="path">The dataset's file, for errors.</param>
    /// <exception cref="InputException">The value is not an example.</exception>
    public static Example Read(JsonElement record, int index, string path)
    {
        var where = $"{path}: record {index} (0-based)";
        if (record.ValueKind != JsonValueKind.Object)
            throw new InputException($"{where} is {Name(record)}; it should be an object with instruction and output.");
        if (record.TryGetProperty("messages", out var messages))
            return Conversation(messages, index, where);
        if (record.TryGetProperty("instruction", out _))
            return new Example(index, Required(record, "instruction", where), Optional(record, "input", where), Required(record, "output", where));
        if (record.TryGetProperty("prompt", out _))
            return new Example(index, Required(record, "prompt", where), "", Required(record, "completion", where));
        throw new InputException($"{where} has no `instruction`; a record has instruction and output, prompt and completion, or messages.");
    }

    private static Example Conversation(JsonElement messages, int index, string where)
    {
        if (messages.ValueKind != JsonValueKind.Array)
            throw new InputException($"{where}: `messages` is {Name(messages)}; it should be a list of turns.");
        var turns = new List<ChatMessage>();
        foreach (var message in messages.EnumerateArray())
        {
            var turn = $"{where}, message {turns.Count} (0-based)";
            if (message.ValueKind != JsonValueKind.Object)
                throw new InputException($"{turn} is {Name(message)}; it should be an object with role and content.");
            turns.Add(new ChatMessage(Required(message, "role", turn), Content(message, turn)));
        }

        // What follows the last assistant turn is no prompt and no response: it cannot influence either.
        var last = turns.FindLastIndex(turn => turn.Role == "assistant");
        if (last < 0)
            throw new InputException($"{where} has no assistant turn in `messages`; the last one is the response.");
        if (last == 0)
            throw new InputException($"{where} has no turn before the assistant's in `messages`; the turns before it are the prompt.");
        var prompt = turns[..last];
        return new Example(index, string.Join('\n', prompt.Select(turn => turn.Content)), "", turns[last].Content, prompt);
    }

    /// <summary>The content of a turn: a string, or a list of text parts that are joined as they are.</summary>
    private static string Content(JsonElement message, string where)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array)
            return Required(message, "content", where);
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("text", out _))
                throw new InputException($"{where}: `content` has a part without `text`; only text can be measured.");
            text.Append(Required(part, "text", where));
        }

        return text.ToString();
    }

    private static string Optional(JsonElement record, string key, string where) =>
        record.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? Text(value, key, where) : "";

    private static string Required(JsonElement record, string key, string where) => record.TryGetProperty(key, out var value)
        ? Text(value, key, where)
        : throw new InputException($"{where} has no `{key}`.");

    private static string Text(JsonElement value, string key, string where)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw new InputException($"{where}: `{key}` is {Name(value)}; it should be a string.");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new InputException($"{where}: `{key}` is not valid Unicode (a broken UTF-8 sequence or half a surrogate pair); mend the text.", error);
        }
    }

    private static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a Boolean",
        _ => "null",
    };
}
