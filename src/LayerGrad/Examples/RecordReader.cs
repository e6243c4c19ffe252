using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Examples;

/// <summary>Makes an <see cref="Example"/> of one record of a dataset, in whichever of the known forms it is.</summary>
internal static class RecordReader
{
    /// <summary>Reads one record.</summary>
    /// <param name="record">The value; its file names the dataset and the record's position.</param>
    /// <param name="index">Its position in the dataset, from 0.</param>
    /// <exception cref="InputException">The value is not an example, or has a field that means something and cannot be used.</exception>
    public static Example Read(JsonValue record, int index)
    {
        if (!record.IsObject)
            throw record.Error($"is {Name(record)}; it should be an object with instruction and output");
        var example = record.FindOrNull("messages") is not null ? ConversationReader.Read(record, index)
            : record.FindOrNull("instruction") is not null ? Instruction(record, index, "instruction", "output")
            : record.FindOrNull("prompt") is not null ? Instruction(record, index, "prompt", "completion")
            : throw record.Error("has no instruction; a record has instruction and output, prompt and completion, or messages");
        foreach (var media in (string[])["images", "image", "videos", "audios", "audio"])
        {
            if (record.Find(media) is { } value && !IsEmpty(value))
                throw value.Error($"{value.Path} cannot be measured; only text can");
        }

        return WithTemplateFields(example, record);
    }

    /// <summary>Whether a field says nothing: an empty text, list or object.</summary>
    public static bool IsEmpty(JsonValue value) => value.IsText ? value.AsText().Length == 0 : (value.IsArray || value.IsObject) && value.Count == 0;

    private static Example Instruction(JsonValue record, int index, string instruction, string output)
    {
        var input = instruction == "instruction" ? record.OptionalText("input") : null;
        var example = new Example(index, record.Text(instruction), input ?? "", record.Text(output)) { System = record.OptionalText("system") ?? "" };
        var history = record.OptionalArray("history").Select(Turn).ToList();
        return history.Count == 0 ? example : example with { History = history };
    }

    /// <summary>A turn of the history: what the user said and what was answered.</summary>
    private static (string User, string Assistant) Turn(JsonValue turn)
    {
        if (!turn.IsArray || turn.Count != 2)
            throw turn.Wrong("a pair of texts, what the user said and what was answered");
        var texts = turn.Items().Select(static text => text.AsText()).ToArray();
        return (texts[0], texts[1]);
    }

    /// <summary>The fields that only a chat template can use.</summary>
    private static Example WithTemplateFields(Example example, JsonValue record)
    {
        JsonValue? Objects(string key) => record.Find(key) is { } list && !IsEmpty(list) ? list.AsObjects(key) : null;
        var variables = record.OptionalObject("chat_template_kwargs") is { Count: > 0 } given ? given : (JsonValue?)null;
        var (tools, documents) = (Objects("tools"), Objects("documents"));
        return example with
        {
            Tools = tools,
            Documents = documents,
            TemplateVariables = variables,
            NeedsChat = tools?.Path ?? documents?.Path ?? variables?.Path ?? example.NeedsChat,
        };
    }

    private static string Name(JsonValue value) => value.Kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        _ => "null",
    };
}
