using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tokenizers;
using Keys = LayerGrad.Runs.RunKeys.Metadata;

namespace LayerGrad.Data.Scoring;

/// <summary>What scores are of: a JSON object beside their file.</summary>
internal static class ScoreMetadata
{
    private static readonly JsonWriterOptions s_layout = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where it stands: <c>SCORES.score.json</c>.</summary>
    /// <param name="scores"><c>SCORES.jsonl</c>.</param>
    public static string PathOf(string scores) => Path.ChangeExtension(scores, ".score.json");

    /// <summary>Writes the object, whole or not at all.</summary>
    public static void Write(ScoreOptions options, RunMetadata identity, IReadOnlyList<ScoredExample> scored, string device)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_layout))
        {
            json.WriteStartObject();
            json.WriteString(Keys.Version, identity.Version);
            json.WriteString("by", ScoreOptions.NameOf(options.By));
            json.WriteStartObject(Keys.Model);
            json.WriteString(Keys.Path, identity.ModelPath);
            json.WriteString(Keys.Hash, identity.ModelHash);
            RunMetadataJson.WriteAdapter(json, identity);
            json.WriteString(Keys.Family, identity.Family);
            json.WriteEndObject();
            json.WriteStartObject(Keys.Data);
            json.WriteString(Keys.Path, identity.DataPath);
            json.WriteString(Keys.Hash, identity.DataHash);
            json.WriteNumber(Keys.First, identity.First);
            json.WriteNumber(Keys.End, identity.End);
            json.WriteEndObject();
            WriteOptions(json, identity);
            RunMetadataJson.WriteTexts(json, Keys.Devices, [device]);
            json.WriteStartObject(Keys.Results);
            json.WriteNumber("scored", scored.Count(example => example.Reason is null));
            json.WriteNumber("unscored", scored.Count(example => example.Reason is not null));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        WholeFile.Write(PathOf(options.Measure.Out), bytes.ToArray());
    }

    private static void WriteOptions(Utf8JsonWriter json, RunMetadata identity)
    {
        var measurement = identity.Measurement;
        json.WriteStartObject(Keys.Options);
        json.WriteString(Keys.Protocol, measurement.Protocol.NameOf());
        json.WriteBoolean(Keys.Chat, measurement.Chat);
        json.WriteString(Keys.Date, measurement.Date?.ToString(RunMetadataJson.DateFormat, System.Globalization.CultureInfo.InvariantCulture));
        RunMetadataJson.WriteTemplate(json, measurement.Template);
        json.WriteNumber(Keys.MaxLength, measurement.MaxLength);
        json.WriteString(Keys.Tokenizer, identity.TokenizerHash);
        json.WriteString(Keys.TokenizerRules, TokenizerRulesName.Of(measurement.TokenizerRules));
        json.WriteString(RunKeys.Precision, Compute.Precisions.NameOf(measurement.Precision));
        json.WriteString(Keys.Device, identity.Device);
        json.WriteEndObject();
    }
}
