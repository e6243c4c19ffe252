using LayerGrad.ChatTemplates.Values;
using LayerGrad.Examples;
using LayerGrad.Json;

namespace LayerGrad.ChatTemplates;

/// <summary>
/// The turns of a conversation as transformers 5 hands them to a template: a key whose value is null is left out, and reasoning that
/// stands under one of its three names (<c>reasoning_content</c>, <c>thinking</c>, <c>reasoning</c>) is found under <c>reasoning_content</c> and <c>thinking</c>.
/// Everything else is passed on as it is.
/// </summary>
internal static class TemplateMessages
{
    /// <summary>The template's values of turns.</summary>
    public static Value[] Of(IReadOnlyList<ChatMessage> messages) => [.. messages.Select(Of)];

    /// <summary>The reasoning of a turn, under whichever name it stands; null where it has none.</summary>
    public static JsonValue? Reasoning(JsonValue turn) => turn.Find("reasoning_content") ?? turn.Find("thinking") ?? turn.Find("reasoning");

    private static DictionaryValue Of(ChatMessage message)
    {
        if (message.Record is not { } turn)
            return new DictionaryValue([Entry("role", new StringValue(message.Role)), Entry("content", new StringValue(message.Content))]);
        var entries = turn.Members().Where(static member => !member.Value.IsNull).Select(static member => Entry(member.Key, JsonValues.Of(member.Value))).ToList();
        if (Reasoning(turn) is { } reasoning)
        {
            var value = JsonValues.Of(reasoning);
            if (!turn.Has("reasoning_content"))
                entries.Add(Entry("reasoning_content", value));
            if (!turn.Has("thinking"))
                entries.Add(Entry("thinking", value));
        }

        return new DictionaryValue(entries);
    }

    private static KeyValuePair<Value, Value> Entry(string key, Value value) => KeyValuePair.Create<Value, Value>(new StringValue(key), value);
}
