using System.Globalization;
using System.Text.Json;
using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Reports;

/// <summary>Writes what the page reads: numbers to six digits, NaN as null, and no <c>&lt;</c> (the default encoder escapes it).</summary>
internal static class ReportJson
{
    public static void WriteRounded(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteRawValue(value.ToString("G6", CultureInfo.InvariantCulture).Replace("E+", "E", StringComparison.Ordinal));
        else
            json.WriteNullValue();
    }

    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    public static void WriteRow(this Utf8JsonWriter json, IEnumerable<double> values)
    {
        json.WriteStartArray();
        foreach (var value in values)
            json.WriteRounded(value);
        json.WriteEndArray();
    }

    public static void WriteNumbers(this Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteRounded(value);
        json.WriteEndArray();
    }

    public static void Write(this Utf8JsonWriter json, string name, Estimate estimate) => json.WriteNumbers(name, [estimate.Value, estimate.Low, estimate.High]);

    public static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    public static void WriteIntegers(this Utf8JsonWriter json, string name, IEnumerable<int?> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            if (value is { } number)
                json.WriteNumberValue(number);
            else
                json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    /// <summary>An array of objects.</summary>
    public static void WriteObjects<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
