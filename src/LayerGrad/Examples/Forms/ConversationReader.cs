using System.Globalization;
using LayerGrad.Json;

namespace LayerGrad.Examples.Forms;

/// <summary>Makes an <see cref="Example"/> of a record with a conversation, and reads conversations that stand by themselves.</summary>
internal static class ConversationReader
{
    /// <summary>Fields of a turn that mean something to the model and that a plain text of its contents would lose.</summary>
    private static readonly string[] s_meaningful = ["tool_calls", "function_call", "reasoning_content", "thinking", "reasoning"];

    /// <summary>Who speaks in ShareGPT, and the role that it is.</summary>
    private static readonly Dictionary<string, string> s_speakers = new(StringComparer.Ordinal)
    {
        ["human"] = "user",
        ["user"] = "user",
        ["gpt"] = "assistant",
        ["assistant"] = "assistant",
        ["chatgpt"] = "assistant",
        ["bing"] = "assistant",
        ["bard"] = "assistant",
        ["model"] = "assistant",
        ["system"] = "system",
        ["tool"] = "tool",
        ["observation"] = "tool",
        ["function_response"] = "tool",
    };

    /// <summary>Reads a record with <c>messages</c>. The last assistant turn's content is the response; the turns before it are the prompt.</summary>
    /// <exception cref="InputException">It is no conversation with a response, or its response is more than a text.</exception>
    public static Example Read(JsonValue record, int index)
    {
        foreach (var key in (string[])[FieldNames.System, FieldNames.SystemPrompt, FieldNames.History])
        {
            if (record.Find(key) is { } value && !RecordReader.IsEmpty(value))
                throw value.Error($"{value.Path} stands beside messages; put it among them");
        }

        var turns = Turns(record, FieldNames.Messages);
        return Read(record, index, FieldNames.Messages, turns.ConvertAll(Message), turns);
    }

    /// <summary>Reads a record of ShareGPT: <c>conversations</c> of turns with <c>from</c> and <c>value</c>; a <c>system</c> beside them is the first turn.</summary>
    /// <exception cref="InputException">It is no conversation with a response, or says something that cannot be used.</exception>
    public static Example ReadShareGpt(JsonValue record, int index)
    {
        if (record.Find(FieldNames.History) is { } history && !RecordReader.IsEmpty(history))
            throw history.Error($"{history.Path} stands beside conversations; put it among them");
        var turns = Turns(record, FieldNames.Conversations);
        var messages = turns.ConvertAll(static turn => turn.FindOrNull("from") is null && turn.FindOrNull("role") is not null ? Message(turn) : ShareGptMessage(turn));
        if (TextForms.SystemOf(record) is { } system)
        {
            if (messages.Exists(static message => message.Role == "system"))
                throw system.Error($"{system.Path} stands beside conversations that have a system turn; keep one of them");
            messages.Insert(0, new ChatMessage("system", system.AsText()));
            turns.Insert(0, system);
        }

        return Read(record, index, FieldNames.Conversations, messages, turns);
    }

    /// <summary>Reads a record whose prompt and response are lists of turns.</summary>
    /// <param name="record">The record.</param>
    /// <param name="index">Its position in the dataset, from 0.</param>
    /// <param name="prompt">The turns before the response.</param>
    /// <param name="response">One turn of the assistant.</param>
    /// <exception cref="InputException">The response is something else, or more than a text.</exception>
    public static Example Read(JsonValue record, int index, JsonValue prompt, JsonValue response)
    {
        foreach (var key in (string[])[FieldNames.System, FieldNames.SystemPrompt, FieldNames.History])
        {
            if (record.Find(key) is { } value && !RecordReader.IsEmpty(value))
                throw value.Error($"{value.Path} stands beside turns; put it among them");
        }

        if (response.Count != 1 || Message(response.Items().Single()).Role != "assistant")
            throw response.Error($"{response.Path} must be one turn of the assistant, the response; move what comes before it into {prompt.Path}");
        List<JsonValue> turns = [.. prompt.Items(), response.Items().Single()];
        return OfTurns(record, index, turns.ConvertAll(Message), turns, prompt.Path);
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

    private static ChatMessage ShareGptMessage(JsonValue turn)
    {
        var speaker = turn.Text("from");
        if (!s_speakers.TryGetValue(speaker, out var role))
            throw turn.Error($"{turn.Below("from")} is '{JsonValue.Shortened(speaker)}', which is no speaker that is known ({string.Join(", ", s_speakers.Keys)})");
        if (MeaningfulField(turn) is { } more)
            throw more.Error($"{more.Path}: only from and value of a turn are read; write such turns as messages");
        return new ChatMessage(role, turn.Text("value"));
    }

    /// <summary>The turns of a field; a table's list a field (<c>{"role": […], "content": […]}</c>) is turned around.</summary>
    private static List<JsonValue> Turns(JsonValue record, string key) => (RecordReader.Structure(record, key) ?? record.Require(key)) is var value && value.IsObject && TurnLists.IsOne(value)
        ? TurnLists.Turned(value)
        : [.. value.Items()];

    private static Example Read(JsonValue record, int index, string field, List<ChatMessage> messages, List<JsonValue> turns)
    {
        // What follows the last assistant turn is no prompt and no response: it cannot influence either.
        var last = messages.FindLastIndex(static turn => turn.Role == "assistant");
        if (last < 0)
            throw record.Error($"has no assistant turn in {field}; the last one is the response");
        if (last == 0)
            throw record.Error($"has no turn before the assistant's in {field}; the turns before it are the prompt");
        RequireSaidAmong(record, messages, field);
        return OfTurns(record, index, messages[..(last + 1)], turns[..(last + 1)], field);
    }

    private static Example OfTurns(JsonValue record, int index, List<ChatMessage> messages, List<JsonValue> turns, string field)
    {
        if (messages.Count < 2)
            throw record.Error($"has no turn in {field}; the turns in it are the prompt");
        var prompt = messages[..^1];
        var response = turns[^1].IsObject && MeaningfulField(turns[^1]) is not null ? messages[^1] : null;

        // One plain turn of the user says what an instruction says, so it is measured as one.
        if (response is null && prompt is [{ Role: "user", Record: null } question])
            return new Example(index, question.Content, "", messages[^1].Content);
        return new Example(index, string.Join('\n', prompt.Select(static turn => turn.Content)), "", messages[^1].Content, prompt)
        {
            Response = response,
            NeedsChat = messages.Zip(turns).SkipLast(1).Select(static turn => NeedsChat(turn.First, turn.Second)).FirstOrDefault(static place => place is not null),
        };
    }

    /// <summary>The refusal of a response that is more than a text, where nothing says which of it the model writes.</summary>
    /// <param name="response">The response.</param>
    /// <param name="record">The record's position in the dataset.</param>
    internal static InputException ResponseIsMore(ChatMessage response, int record) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"record {record} (0-based): {MeaningfulField(response.Record!.Value)?.Path}: the response has more than a content, which is measured with --chat and --turns all where the chat template has generation blocks; otherwise move it into the content as the model writes it, or remove the record"));

    /// <summary>
    /// Many datasets repeat the first question or the answer in a field beside the turns. What repeats one of them is not lost; anything else would be.
    /// </summary>
    private static void RequireSaidAmong(JsonValue record, List<ChatMessage> messages, string field)
    {
        foreach (var name in FieldNames.Texts)
        {
            if (record.Find(name) is not { } value || RecordReader.IsEmpty(value))
                continue;
            if (!value.IsText || !messages.Exists(message => message.Content.AsSpan().Trim().SequenceEqual(value.AsText().AsSpan().Trim())))
                throw value.Error($"{value.Path} stands beside {field} and is none of its turns; remove one of them, or name the fields that are to be read with --instruction-field and --output-field");
        }
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

    private static string? NeedsChat(ChatMessage message, JsonValue turn) =>
        message.Role is "tool" or "function" ? $"{turn.Path}, a turn of a tool," : turn.IsObject ? MeaningfulField(turn)?.Path : null;
}
