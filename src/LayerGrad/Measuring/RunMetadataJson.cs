using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Json;
using TokenizerRulesName = LayerGrad.Tokenizers.TokenizerRulesName;

namespace LayerGrad.Measuring;

/// <summary>Metadata to and from <c>RUN.meta.json</c>.</summary>
internal static class RunMetadataJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file whole or not at all.</summary>
    public static void WriteAtomically(string path, RunMetadata metadata) => WholeFile.Write(path, ToBytes(metadata));

    public static byte[] ToBytes(RunMetadata run)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Options))
            Write(writer, run);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, RunMetadata run)
    {
        writer.WriteStartObject();
        writer.WriteString("layergrad", run.Version);
        writer.WriteStartObject("model");
        writer.WriteString("path", run.ModelPath);
        writer.WriteString("hash", run.ModelHash);
        writer.WriteString("family", run.Family);
        writer.WriteNumber("layers", run.Layers);
        if (run.WeightNotes.Count > 0)
            WriteTexts(writer, "weight_notes", run.WeightNotes);
        writer.WriteEndObject();
        writer.WriteStartObject("data");
        writer.WriteString("path", run.DataPath);
        writer.WriteString("hash", run.DataHash);
        writer.WriteNumber("first", run.First);
        writer.WriteNumber("end", run.End);
        writer.WriteEndObject();
        WriteOptions(writer, run);
        writer.WriteStartObject("plan");
        writer.WriteNumber("token_budget", run.TokenBudget);
        writer.WritePropertyName("windows");
        writer.WriteRawValue("[" + string.Join(", ", run.Windows.Select(first => first.ToString(CultureInfo.InvariantCulture))) + "]");
        writer.WriteEndObject();
        writer.WriteString("shard", run.Shard?.ToString());
        writer.WriteStartObject("weights");
        foreach (var weight in run.Weights)
        {
            writer.WritePropertyName(weight.Name);
            writer.WriteRawValue(string.Create(CultureInfo.InvariantCulture, $"[{weight.Rows}, {weight.Columns}]"));
        }

        writer.WriteEndObject();
        writer.WriteStartArray("devices");
        foreach (var device in run.Devices)
            writer.WriteStringValue(device);
        writer.WriteEndArray();
        if (run.Results is { } results)
            WriteResults(writer, results);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private static void WriteResults(Utf8JsonWriter writer, RunResults results)
    {
        writer.WriteStartObject("results");
        writer.WriteNumber("measured", results.Measured);
        writer.WriteNumber("skipped", results.Skipped);
        writer.WriteStartObject("router_near_ties");
        writer.WriteNumber("examples", results.NearlyTied);
        writer.WriteNumber("choices", results.NearTies);
        writer.WriteEndObject();
        if (results.Widened > 0)
            writer.WriteNumber("measured_in_fp64", results.Widened);
        if (results.Unresolved > 0)
            writer.WriteNumber("unresolved", results.Unresolved);
        writer.WriteEndObject();
    }

    private static void WriteOptions(Utf8JsonWriter writer, RunMetadata run)
    {
        writer.WriteStartObject("options");
        writer.WriteString("protocol", RunMetadata.NameOf(run.Protocol));
        writer.WriteBoolean("chat", run.Chat);
        writer.WriteString("date", run.Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        WriteTemplate(writer, run);
        writer.WriteNumber("max_length", run.MaxLength);
        writer.WriteString("tokenizer", run.TokenizerHash);
        writer.WriteString("tokenizer_rules", TokenizerRulesName.Of(run.TokenizerRules));
        writer.WriteString("weights", run.WeightSelection);
        if (run.SplitFused)
            writer.WriteBoolean("split_fused", true);
        writer.WriteBoolean("spectra", run.Spectra);
        writer.WriteBoolean("tokens", run.Tokens);
        writer.WriteBoolean("cosine", run.Cosine);
        writer.WriteString("precision", run.Precision.NameOf());
        writer.WriteString("device", run.Device);
        writer.WriteEndObject();
    }

    /// <summary>What the chat template was given; nothing is written where that was nothing, so that older runs read the same.</summary>
    internal static void WriteTemplate(Utf8JsonWriter writer, RunMetadata run)
    {
        foreach (var (key, json) in ((string, string?)[])[("template_args", run.TemplateArguments), ("tools", run.Tools)])
        {
            if (json is null)
                continue;
            writer.WritePropertyName(key);
            writer.WriteRawValue(json);
        }
    }

    public static RunMetadata Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path, Encoding.UTF8));
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file; a run's metadata stands beside its lines.", error);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{path}: this is not the metadata of a run: {error.Message.Split('\n')[0]}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    private static RunMetadata Read(JsonElement root)
    {
        var (model, data, options, plan) = (root.GetProperty("model"), root.GetProperty("data"), root.GetProperty("options"), root.GetProperty("plan"));
        return new RunMetadata
        {
            Version = Text(root, "layergrad"),
            ModelPath = Text(model, "path"),
            ModelHash = Text(model, "hash"),
            Family = Text(model, "family"),
            Layers = model.GetProperty("layers").GetInt32(),
            WeightNotes = model.TryGetProperty("weight_notes", out var notes) ? [.. notes.EnumerateArray().Select(note => note.GetString() ?? "")] : [],
            DataPath = Text(data, "path"),
            DataHash = Text(data, "hash"),
            First = data.GetProperty("first").GetInt32(),
            End = data.GetProperty("end").GetInt32(),
            Protocol = Text(options, "protocol") == "paper" ? Protocol.Paper : Protocol.Strict,
            Chat = options.GetProperty("chat").GetBoolean(),
            Date = options.GetProperty("date").GetString() is { } date ? DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null,
            TemplateArguments = Json(options, "template_args"),
            Tools = Json(options, "tools"),
            MaxLength = options.GetProperty("max_length").GetInt32(),
            TokenizerHash = options.GetProperty("tokenizer").GetString(),
            TokenizerRules = TokenizerRulesName.Parse(options.TryGetProperty("tokenizer_rules", out var rules) ? rules.GetString() : null, "options.tokenizer_rules"),
            WeightSelection = Text(options, "weights"),
            SplitFused = options.TryGetProperty("split_fused", out var split) && split.GetBoolean(),
            Spectra = options.GetProperty("spectra").GetBoolean(),
            Tokens = options.GetProperty("tokens").GetBoolean(),
            Cosine = options.GetProperty("cosine").GetBoolean(),
            Precision = Precisions.Parse(Text(options, "precision")),
            Device = Text(options, "device"),
            Shard = root.GetProperty("shard").GetString() is { } shard ? Shard.Parse(shard) : null,
            TokenBudget = plan.GetProperty("token_budget").GetInt32(),
            Windows = [.. plan.GetProperty("windows").EnumerateArray().Select(first => first.GetInt32())],
            Weights = [.. root.GetProperty("weights").EnumerateObject().Select(weight => new MeasuredWeight(weight.Name, weight.Value[0].GetInt32(), weight.Value[1].GetInt32()))],
            Devices = [.. root.GetProperty("devices").EnumerateArray().Select(device => device.GetString() ?? "")],
            Results = root.TryGetProperty("results", out var results) ? ReadResults(results) : null,
        };
    }

    private static RunResults ReadResults(JsonElement results)
    {
        var ties = results.GetProperty("router_near_ties");
        return new RunResults(
            results.GetProperty("measured").GetInt32(), results.GetProperty("skipped").GetInt32(),
            ties.GetProperty("examples").GetInt32(), ties.GetProperty("choices").GetInt64())
        {
            Widened = results.TryGetProperty("measured_in_fp64", out var widened) ? widened.GetInt32() : 0,
            Unresolved = results.TryGetProperty("unresolved", out var unresolved) ? unresolved.GetInt64() : 0,
        };
    }

    /// <summary>A part that is kept as JSON; null where it is not there.</summary>
    private static string? Json(JsonElement parent, string name) => new JsonValue(parent, "", "").Find(name)?.Compact();

    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null.");
}
