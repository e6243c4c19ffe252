using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Examples.Forms;

/// <summary>Makes an <see cref="Example"/> of one record of a dataset, in whichever of the known forms it is.</summary>
/// <param name="fields">Which fields hold what.</param>
internal sealed class RecordReader(DatasetFields fields)
{
    private readonly TextForms _texts = new(fields);

    /// <summary>Reads one record.</summary>
    /// <param name="record">The value; its file names the dataset and the record's position.</param>
    /// <param name="index">Its position in the dataset, from 0.</param>
    /// <returns>The example, and the name of the record's form.</returns>
    /// <exception cref="InputException">The value is not an example, or has a field that means something and cannot be used.</exception>
    public (Example Example, string Form) Read(JsonValue record, int index)
    {
        if (!record.IsObject)
            throw record.Error($"is {Name(record)}; it should be an object with instruction and output");
        var (example, form) = ReadForm(record, index);
        foreach (var media in FieldNames.Media)
        {
            if (record.Find(media) is { } value && !IsEmpty(value))
                throw value.Error($"{value.Path} cannot be measured; only text can");
        }

        return (example.TokenIds is null ? WithTemplateFields(example, record) : example, form);
    }

    /// <summary>Whether a field says nothing: an empty text, list or object.</summary>
    public static bool IsEmpty(JsonValue value) => value.IsText ? value.AsText().Length == 0 : (value.IsArray || value.IsObject) && value.Count == 0;

    /// <summary>
    /// A field that holds a list or an object; from tables, which have texts only, also as JSON in a text. Null where the field is missing, null or
    /// empty.
    /// </summary>
    public static JsonValue? Structure(JsonValue record, string key)
    {
        if (record.Find(key) is not { } value || IsEmpty(value))
            return null;
        if (!value.IsText)
            return value;
        var text = value.AsText();
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (text.TrimStart()[0] is not ('[' or '{'))
            return value;
        try
        {
            var parsed = ForeignJson.Parse(System.Text.Encoding.UTF8.GetBytes(text), value.File);
            return IsEmpty(parsed) ? null : new JsonValue(parsed.Element, value.File, value.Path);
        }
        catch (InputException)
        {
            // A text that only begins like a list is a text; whoever needs a list says that it is none.
            return value;
        }
    }

    private (Example Example, string Form) ReadForm(JsonValue record, int index)
    {
        if (!fields.IsEmpty)
            return _texts.Read(record, index);
        var primary = FieldNames.Primary.FirstOrDefault(record.Has) ?? FieldNames.Primary.FirstOrDefault(name => record.FindOrNull(name) is not null);
        return primary switch
        {
            FieldNames.InputIds => (TokenIdReader.Read(record, index), "token ids"),
            FieldNames.Messages => (ConversationReader.Read(record, index), "messages"),
            FieldNames.Conversations => (ConversationReader.ReadShareGpt(record, index), "ShareGPT"),
            _ => _texts.Read(record, index),
        };
    }

    /// <summary>The fields that only a chat template can use.</summary>
    private static Example WithTemplateFields(Example example, JsonValue record)
    {
        JsonValue? Objects(string key) => Structure(record, key)?.AsObjects(key);
        var variables = Structure(record, FieldNames.TemplateVariables);
        if (variables is { IsObject: false } other)
            throw other.Wrong("an object");
        var (tools, documents) = (Objects(FieldNames.Tools), Objects(FieldNames.Documents));
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
