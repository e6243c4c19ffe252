using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Runs;

namespace LayerGrad.Analysis.Export;

/// <summary>What the runs of an export are: a JSON object that stands beside the table, and in it where the format has a place for it.</summary>
internal static class ExportMetadata
{
    private static readonly JsonWriterOptions s_layout = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The object.</summary>
    /// <param name="wide">Whether the table has a column for each statistic.</param>
    /// <param name="runs">The runs, in their order.</param>
    public static string Of(bool wide, IEnumerable<ExportedRun> runs)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_layout))
        {
            json.WriteStartObject();
            json.WriteString(RunKeys.Metadata.Version, RunMetadata.CurrentVersion);
            json.WriteString("layout", wide ? "wide" : "tidy");
            json.WriteStartArray("runs");
            foreach (var run in runs)
                Write(json, run);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ExportedRun run)
    {
        json.WriteStartObject();
        json.WriteString("run", run.Label);
        json.WriteString(RunKeys.Metadata.Path, run.Path);
        json.WriteNumber(RunKeys.Metadata.Measured, run.Examples);
        json.WriteNumber(RunKeys.Metadata.Skipped, run.Skipped);
        json.WriteNumber("unreadable", run.BadLines);
        if (run.Unfinished is { } progress)
        {
            json.WriteStartObject("unfinished");
            json.WriteNumber("done", progress.Done);
            json.WriteNumber("planned", progress.Planned);
            json.WriteEndObject();
        }

        if (RunDescription.Of(run.Path) is { } description)
        {
            json.WritePropertyName("metadata");
            description.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
