using System.Text.Json;

namespace LayerGrad.Data.Sources;

/// <summary>A record that is a JSON object.</summary>
internal sealed class JsonRecord(JsonElement element, string place) : SourceRecord(place)
{
    public override string? OptionalText(string field) => !element.TryGetProperty(field, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => null,
        _ => throw new InputException($"{Place}: `{field}` should be text."),
    };

    public override IReadOnlyList<string> List(string field)
    {
        if (!element.TryGetProperty(field, out var list) || list.ValueKind != JsonValueKind.Array)
            throw new InputException($"{Place} has no list `{field}`; is this the right source?");
        var texts = new List<string>();
        foreach (var item in list.EnumerateArray())
            texts.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : throw new InputException($"{Place}: `{field}` should be a list of texts."));
        return texts;
    }
}
