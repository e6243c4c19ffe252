using System.Text.Json;
using LayerGrad.Runs;

namespace LayerGrad.Reports;

/// <summary>Writes what a run says about itself: its model, data, protocol and options, and what it could not measure.</summary>
internal static class MeasuredData
{
    /// <summary>Options that a reader asks for first, in that order.</summary>
    private static readonly string[] s_options = ["chat", "max_length", "precision", "weights", "date"];

    public static void Write(Utf8JsonWriter json, string path)
    {
        var metadata = RunFiles.Metadata(path);
        json.WriteString("model", RunFiles.Said(metadata, "model", "path") is { } model ? Path.GetFileName(model.TrimEnd('/', '\\')) : null);
        json.WriteString("modelHash", RunFiles.Said(metadata, "model", "hash"));
        json.WriteString("data", RunFiles.Said(metadata, "data", "path"));
        json.WriteString("dataHash", RunFiles.Said(metadata, "data", "hash"));
        json.WriteString("protocol", RunFiles.Said(metadata, "options", "protocol"));
        json.WriteString("options", string.Join(", ", s_options.Select(name => (name, RunFiles.Said(metadata, "options", name))).Where(pair => pair.Item2 is not null).Select(pair => $"{pair.name.Replace('_', ' ')} {pair.Item2}")));
        json.WriteString("version", RunFiles.Said(metadata, "layergrad"));
        json.WriteString("device", metadata?.Find("devices") is { } devices ? string.Join(", ", devices.Items().Select(device => device.AsText())) : null);
        json.WriteObjects("skippedBy", RunFiles.Skipped(path).GroupBy(example => example.Reason), reason =>
        {
            json.WriteString("reason", reason.Key);
            json.WriteNumber("count", reason.Count());
            json.WriteNumber("first", reason.Min(example => example.Index));
        });
    }
}
