using System.Text.Json;
using LayerGrad.Runs;
using LayerGrad.Runs.Lines;
using Keys = LayerGrad.Runs.RunKeys.Metadata;

namespace LayerGrad.Reports;

/// <summary>Writes what a run says about itself: its model, data, protocol and options, and what it could not measure.</summary>
internal static class MeasuredData
{
    /// <summary>Options that a reader asks for first, in that order.</summary>
    private static readonly string[] s_options = [Keys.Chat, Keys.Turns, Keys.MaskThinking, Keys.MaxLength, RunKeys.Precision, Keys.Weights, Keys.Date];

    public static void Write(Utf8JsonWriter json, string path)
    {
        var run = RunDescription.Of(path);
        json.WriteString("model", run?.Quantization is { } quantization ? $"{run.ModelName} ({quantization})" : run?.ModelName);
        json.WriteString("modelHash", run?.ModelHash);
        json.WriteString("data", run?.DataPath);
        json.WriteString("dataHash", run?.DataHash);
        json.WriteString("protocol", run?.Option(Keys.Protocol));
        json.WriteString("options", string.Join(", ", s_options.Select(key => (Key: key, Value: run?.Option(key))).Where(option => option.Value is not null).Select(option => $"{option.Key.Replace('_', ' ')} {option.Value}")));
        json.WriteString("version", run?.Version);
        json.WriteString("device", run?.Devices);
        json.WriteObjects("skippedBy", SkippedLine.ReadAll(new RunPaths(path).Skipped).GroupBy(example => example.Reason), reason =>
        {
            json.WriteString("reason", reason.Key);
            json.WriteNumber("count", reason.Count());
            json.WriteNumber("first", reason.Min(example => example.Index));
        });
    }
}
