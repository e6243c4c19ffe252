using System.Globalization;

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
