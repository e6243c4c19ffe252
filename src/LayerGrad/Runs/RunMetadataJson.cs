using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;
using LayerGrad.Compute;
using TokenizerRulesName = LayerGrad.Tokenizers.TokenizerRulesName;

namespace LayerGrad.Runs;

/// <summary>Metadata to and from <c>RUN.meta.json</c>.</summary>
internal static class RunMetadataJson
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file whole or not at all.</summary>
    public static void WriteAtomically(string path, RunMetadata metadata) => WholeFile.Write(path, ToBytes(metadata));

    public static byte[] ToBytes(RunMetadata run)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, s_options))
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
        if (run.UnusedFields.Count > 0)
            WriteTexts(writer, "unused_fields", run.UnusedFields);
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

    /// <summary>Reads the file.</summary>
    /// <exception cref="InputException">There is none, or a value in it is missing or wrong; with its path.</exception>
    public static RunMetadata Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file; a run's metadata stands beside its lines.");
        var root = ForeignJson.ReadObject(path);
        var (model, data, options, plan) = (root.Object("model"), root.Object("data"), root.Object("options"), root.Object("plan"));
        var first = data.Int("first", 0);
        var end = data.Int("end", first);
        return new RunMetadata
        {
            Version = root.Text("layergrad"),
            ModelPath = model.Text("path"),
            ModelHash = model.Text("hash"),
            Family = model.Text("family"),
            Layers = model.Int("layers", 0),
            WeightNotes = [.. model.OptionalArray("weight_notes").Select(static note => note.AsText())],
            UnusedFields = [.. model.OptionalArray("unused_fields").Select(static field => field.AsText())],
            DataPath = data.Text("path"),
            DataHash = data.Text("hash"),
            First = first,
            End = end,
            Protocol = ReadProtocol(options.Require("protocol")),
            Chat = options.Require("chat").AsBool(),
            Date = options.Find("date") is { } date ? ReadDate(date) : null,
            TemplateArguments = options.Find("template_args")?.Compact(),
            Tools = options.Find("tools")?.Compact(),
            MaxLength = options.Int("max_length", 0),
            TokenizerHash = options.OptionalText("tokenizer"),
            TokenizerRules = TokenizerRulesName.Parse(options.OptionalText("tokenizer_rules"), $"{path}: options.tokenizer_rules"),
            WeightSelection = options.Text("weights"),
            SplitFused = options.Flag("split_fused", otherwise: false),
            Spectra = options.Require("spectra").AsBool(),
            Tokens = options.Require("tokens").AsBool(),
            Cosine = options.Require("cosine").AsBool(),
            Precision = Told(options.Require("precision"), Precisions.Parse),
            Device = options.Text("device"),
            Shard = root.Find("shard") is { } shard ? Told(shard, Shard.Parse) : null,
            TokenBudget = plan.Int("token_budget", 0),
            Windows = ReadWindows(plan, first, end),
            Weights = [.. root.Object("weights").Members().Select(static weight => ReadWeight(weight.Key, weight.Value))],
            Devices = [.. root.Array("devices").Select(static device => device.AsText())],
            Results = root.OptionalObject("results") is { } results ? ReadResults(results) : null,
        };
    }

    /// <summary>A date as this class and a study's plan write it.</summary>
    internal static DateOnly ReadDate(JsonValue value) =>
        DateOnly.TryParseExact(value.AsText(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : throw value.Wrong("a date such as 2025-01-31");

    private static Protocol ReadProtocol(JsonValue value) => value.AsText() switch
    {
        "paper" => Protocol.Paper,
        "strict" => Protocol.Strict,
        _ => throw value.Wrong("\"paper\" or \"strict\""),
    };

    /// <summary>Windows begin one after another among the selected examples.</summary>
    private static List<int> ReadWindows(JsonValue plan, int first, int end)
    {
        var windows = new List<int>();
        foreach (var window in plan.Array("windows"))
        {
            var least = windows.Count == 0 ? first : windows[^1] + 1;
            windows.Add(window.AsInt(least, Math.Max(least, end)));
        }

        return windows;
    }

    private static MeasuredWeight ReadWeight(string name, JsonValue shape)
    {
        JsonValue[] sizes = [.. shape.Items()];
        return sizes.Length == 2 ? new MeasuredWeight(name, sizes[0].AsInt(1), sizes[1].AsInt(1)) : throw shape.Wrong("an array of rows and columns");
    }

    /// <summary>What the parser of an option makes of a text; what it refuses is told with the text's place.</summary>
    private static T Told<T>(JsonValue value, Func<string, T> parse)
    {
        try
        {
            return parse(value.AsText());
        }
        catch (InputException)
        {
            throw value.Wrong(typeof(T) == typeof(Shard) ? "a shard such as 0/4" : "a precision");
        }
    }

    private static RunResults ReadResults(JsonValue results)
    {
        var ties = results.Object("router_near_ties");
        return new RunResults(results.Int("measured", 0), results.Int("skipped", 0), ties.Int("examples", 0), ties.Require("choices").AsLong(0))
        {
            Widened = results.OptionalInt("measured_in_fp64", 0) ?? 0,
            Unresolved = results.Find("unresolved")?.AsLong(0) ?? 0,
        };
    }
}
