using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Data.Sources;

/// <summary>A record that is a JSON object.</summary>
internal sealed class JsonRecord(JsonValue value) : SourceRecord(value.File)
{
    public override string? OptionalText(string field) => value.Find(field) is not { } found ? null : found.Kind switch
    {
        JsonValueKind.String => found.AsText(),
        JsonValueKind.Number => found.Element.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw found.Wrong("a text"),
    };

    public override IReadOnlyList<string> List(string field) => value.Find(field) is { IsArray: true } list
        ? [.. list.Items().Select(static item => item.AsText())]
        : throw new InputException($"{Place} has no list `{field}`; is this the right source?");
}
