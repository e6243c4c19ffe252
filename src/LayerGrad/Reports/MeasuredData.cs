using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Analysis;

namespace LayerGrad.Reports;

/// <summary>Writes what a run says about itself: its model, data, protocol and options, and what it could not measure.</summary>
internal static class MeasuredData
{
    /// <summary>Options that a reader asks for first, in that order.</summary>
    private static readonly string[] Options = ["chat", "max_length", "precision", "weights", "date"];

    public static void Write(Utf8JsonWriter json, string path)
    {
        var metadata = RunFiles.Metadata(path);
        json.WriteString("model", Text(metadata, "model", "path") is { } model ? Path.GetFileName(model.TrimEnd('/', '\\')) : null);
        json.WriteString("modelHash", Text(metadata, "model", "hash"));
        json.WriteString("data", Text(metadata, "data", "path"));
        json.WriteString("dataHash", Text(metadata, "data", "hash"));
        json.WriteString("protocol", Text(metadata, "options", "protocol"));
        json.WriteString("options", string.Join(", ", Options.Select(name => (name, Text(metadata, "options", name))).Where(pair => pair.Item2 is not null).Select(pair => $"{pair.name.Replace('_', ' ')} {pair.Item2}")));
        json.WriteString("version", Text(metadata, "layergrad"));
        json.WriteString("device", metadata?["devices"] is JsonArray devices ? string.Join(", ", devices.Select(device => device?.ToString())) : null);
        json.WriteObjects("skippedBy", RunFiles.Skipped(path).GroupBy(example => example.Reason), reason =>
        {
            json.WriteString("reason", reason.Key);
            json.WriteNumber("count", reason.Count());
            json.WriteNumber("first", reason.Min(example => example.Index));
        });
    }

    /// <summary>A scalar of the metadata as text; null where it is not there.</summary>
    private static string? Text(JsonNode? node, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            node = node is JsonObject inner ? inner[key] : null;
        return node is JsonValue value ? value.ToString() : null;
    }
}
