using System.Globalization;
using System.Text.Json;

namespace LayerGrad.Data.Sources;

/// <summary>One record of a public source, as named fields; its place is known for errors.</summary>
internal abstract class SourceRecord(string place)
{
    /// <summary>File and record, as errors name it.</summary>
    public string Place { get; } = place;

    /// <summary>A text field that must be there and must not be empty.</summary>
    public string Text(string field)
    {
        var value = OptionalText(field);
        return !string.IsNullOrWhiteSpace(value) ? value : throw new InputException($"{Place} has no `{field}`; is this the right source?");
    }

    /// <summary>A text field, or null where it is missing.</summary>
    public abstract string? OptionalText(string field);

    /// <summary>A list of texts; in a table, one field with a text a line.</summary>
    public abstract IReadOnlyList<string> List(string field);

    /// <summary>A number.</summary>
    public double Number(string field) =>
        double.TryParse(Text(field), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new InputException($"{Place}: `{field}` is '{Text(field)}'; it should be a number.");

    /// <summary>A truth value: a JSON Boolean, or the words for one.</summary>
    public bool Truth(string field) => Text(field).ToLowerInvariant() switch
    {
        "true" or "yes" or "1" => true,
        "false" or "no" or "0" => false,
        var other => throw new InputException($"{Place}: `{field}` is '{other}'; it should be true or false."),
    };
}

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

/// <summary>A record that is a row of a table.</summary>
internal sealed class RowRecord(IReadOnlyDictionary<string, string> fields, string place) : SourceRecord(place)
{
    public override string? OptionalText(string field) => fields.GetValueOrDefault(field);

    public override IReadOnlyList<string> List(string field) =>
        [.. Text(field).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
