using LayerGrad.Json;

namespace LayerGrad.Examples;

/// <summary>Makes an <see cref="Example"/> of a record with <c>messages</c>, and reads conversations that stand by themselves.</summary>
internal static class ConversationReader
{
    /// <summary>Fields of a turn that mean something to the model and that a plain text of its contents would lose.</summary>
    private static readonly string[] s_meaningful = ["tool_calls", "function_call", "reasoning_content", "thinking", "reasoning"];

    /// <summary>Reads one record. The last assistant turn's content is the response; the turns before it are the prompt.</summary>
    /// <exception cref="InputException">It is no conversation with a response, or its response is more than a text.</exception>
    public static Example Read(JsonValue record, int index)
    {
        foreach (var key in (string[])["system", "history"])
        {
            if (record.Find(key) is { } value && !RecordReader.IsEmpty(value))
                throw value.Error($"{value.Path} stands beside messages; put it among them");
        }

        var turns = record.Array("messages").ToList();
        var messages = turns.ConvertAll(Message);

        // What follows the last assistant turn is no prompt and no response: it cannot influence either.
        var last = messages.FindLastIndex(static turn => turn.Role == "assistant");
        if (last < 0)
            throw record.Error("has no assistant turn in messages; the last one is the response");
        if (last == 0)
            throw record.Error("has no turn before the assistant's in messages; the turns before it are the prompt");
        var prompt = messages[..last];
        if (MeaningfulField(turns[last]) is { } more)
            throw more.Error($"{more.Path}: the response has more than a content, and only a content can be measured; move it into the content as the model writes it, or remove the record");
        return new Example(index, string.Join('\n', prompt.Select(static turn => turn.Content)), "", messages[last].Content, prompt)
        {
            NeedsChat = turns[..last].Select(NeedsChat).FirstOrDefault(static field => field is not null),
        };
    }

    /// <summary>Reads a turn.</summary>
    /// <exception cref="InputException">It has no role, neither content nor anything that stands for it, or a part that is no text.</exception>
    public static ChatMessage Message(JsonValue turn)
    {
        var role = turn.Text("role");
        var content = turn.Find("content");
        if (content is null && MeaningfulField(turn) is null)
            throw turn.Error($"{turn.Below("content")} is missing");
        var isPlain = content is { IsText: true } && turn.Members().All(static member => member.Key is "role" or "content");
        return new ChatMessage(role, content is { } given ? Content(given) : "") { Record = isPlain ? null : turn };
    }

    /// <summary>The content of a turn: a text, or an array of text parts that are joined as they are.</summary>
    private static string Content(JsonValue content) => content.IsArray
        ? string.Concat(content.Items().Select(static part => part.IsObject && part.FindOrNull("text") is not null
            ? part.Text("text")
            : throw part.Error($"{part.Path} is a part without text; only text can be measured")))
        : content.AsText();

    /// <summary>The first field of a turn that its contents alone would lose; null where there is none.</summary>
    private static JsonValue? MeaningfulField(JsonValue turn)
    {
        foreach (var key in s_meaningful)
        {
            if (turn.Find(key) is { } value && !RecordReader.IsEmpty(value))
                return value;
        }

        return null;
    }

    private static string? NeedsChat(JsonValue turn) =>
        turn.Text("role") is "tool" or "function" ? $"{turn.Path}, a turn of a tool," : MeaningfulField(turn)?.Path;
}
