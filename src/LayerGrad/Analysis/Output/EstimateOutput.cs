using System.Globalization;
using System.Text.Json;
using CsvHelper;

namespace LayerGrad.Analysis.Output;

/// <summary>Numbers with their intervals in JSON and CSV: every digit, and nothing where there is no number.</summary>
internal static class EstimateOutput
{
    /// <summary>An object of a number and its interval; <c>null</c> where there is none, a text for an end that is open.</summary>
    public static void WriteEstimate(this Utf8JsonWriter json, string name, Estimate estimate)
    {
        json.WriteStartObject(name);
        json.WriteValue("value", estimate.Value);
        json.WriteValue("low", estimate.Low);
        json.WriteValue("high", estimate.High);
        json.WriteEndObject();
    }

    /// <summary>A number; <c>null</c> for NaN, <c>"Infinity"</c> or <c>"-Infinity"</c> for those.</summary>
    public static void WriteValue(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else if (double.IsInfinity(value))
            json.WriteString(name, value > 0 ? "Infinity" : "-Infinity");
        else
            json.WriteNull(name);
    }

    /// <summary>The fields of a number and its interval.</summary>
    public static string[] Fields(Estimate estimate) => [Field(estimate.Value), Field(estimate.Low), Field(estimate.High)];

    /// <summary>A field; empty for NaN.</summary>
    public static string Field(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A field; <c>true</c> or <c>false</c>.</summary>
    public static string Field(bool value) => value ? "true" : "false";

    /// <summary>A line of fields.</summary>
    public static void WriteLine(this CsvWriter csv, IEnumerable<string> fields)
    {
        foreach (var field in fields)
            csv.WriteField(field);
        csv.NextRecord();
    }
}
