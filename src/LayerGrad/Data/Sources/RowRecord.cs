namespace LayerGrad.Data.Sources;

/// <summary>A record that is a row of a table.</summary>
internal sealed class RowRecord(IReadOnlyDictionary<string, string> fields, string place) : SourceRecord(place)
{
    public override string? OptionalText(string field) => fields.GetValueOrDefault(field);

    public override IReadOnlyList<string> List(string field) =>
        [.. Text(field).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
