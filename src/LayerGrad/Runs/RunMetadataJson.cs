using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.ChatTemplates;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;
using LayerGrad.Compute;
using LayerGrad.Runs.Statistics;
using Keys = LayerGrad.Runs.RunKeys.Metadata;
using TokenizerRulesName = LayerGrad.Tokenizers.TokenizerRulesName;

namespace LayerGrad.Runs;

/// <summary>Metadata to and from <c>RUN.meta.json</c>.</summary>
internal static class RunMetadataJson
{
    /// <summary>How dates are written.</summary>
    internal const string DateFormat = "yyyy-MM-dd";

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
        writer.WriteString(Keys.Version, run.Version);
        writer.WriteStartObject(Keys.Model);
        writer.WriteString(Keys.Path, run.ModelPath);
        writer.WriteString(Keys.Hash, run.ModelHash);
        WriteAdapter(writer, run);
        writer.WriteString(Keys.Family, run.Family);
        writer.WriteNumber(Keys.Layers, run.Layers);
        if (run.Quantization is { } quantization)
            writer.WriteString(Keys.Quantization, quantization);
        if (run.WeightNotes.Count > 0)
            WriteTexts(writer, Keys.WeightNotes, run.WeightNotes);
        if (run.UnusedFields.Count > 0)
            WriteTexts(writer, Keys.UnusedFields, run.UnusedFields);
        writer.WriteEndObject();
        writer.WriteStartObject(Keys.Data);
        writer.WriteString(Keys.Path, run.DataPath);
        writer.WriteString(Keys.Hash, run.DataHash);
        if (run.DataForm is { } form)
            writer.WriteString(Keys.Form, form);
        if (run.DataCommit is { } commit)
            writer.WriteString(Keys.Commit, commit);
        writer.WriteNumber(Keys.First, run.First);
        writer.WriteNumber(Keys.End, run.End);
        writer.WriteEndObject();
        WriteOptions(writer, run);
        writer.WriteStartObject(Keys.Plan);
        writer.WriteNumber(Keys.TokenBudget, run.TokenBudget);
        if (run.PlannedAgain.Count > 0)
            WriteTexts(writer, Keys.PlannedAgain, run.PlannedAgain);
        writer.WritePropertyName(Keys.Windows);
        writer.WriteRawValue("[" + string.Join(", ", run.Windows.Select(first => first.ToString(CultureInfo.InvariantCulture))) + "]");
        writer.WriteEndObject();
        writer.WriteString(Keys.Shard, run.Shard?.ToString());
        writer.WriteStartObject(Keys.Weights);
        foreach (var weight in run.Weights)
        {
            writer.WritePropertyName(weight.Name);
            writer.WriteRawValue(string.Create(CultureInfo.InvariantCulture, $"[{weight.Rows}, {weight.Columns}]"));
        }

        writer.WriteEndObject();
        WriteTexts(writer, Keys.Devices, run.Devices);
        if (run.Results is { } results)
            WriteResults(writer, results);
        writer.WriteEndObject();
    }

    /// <summary>Writes which adapter is merged into the model; nothing where there is none.</summary>
    internal static void WriteAdapter(Utf8JsonWriter writer, RunMetadata run)
    {
        if (run.AdapterHash is not { } hash)
            return;
        writer.WriteStartObject(Keys.Adapter);
        writer.WriteString(Keys.Path, run.AdapterPath);
        writer.WriteString(Keys.Hash, hash);
        writer.WriteEndObject();
    }

    /// <summary>Writes an array of texts.</summary>
    internal static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private static void WriteResults(Utf8JsonWriter writer, RunResults results)
    {
        writer.WriteStartObject(Keys.Results);
        writer.WriteNumber(Keys.Measured, results.Measured);
        writer.WriteNumber(Keys.Skipped, results.Skipped);
        writer.WriteStartObject(RunKeys.NearTies);
        writer.WriteNumber(Keys.Examples, results.NearlyTied);
        writer.WriteNumber(Keys.Choices, results.NearTies);
        writer.WriteEndObject();
        if (results.Widened > 0)
            writer.WriteNumber(Keys.MeasuredInFloat64, results.Widened);
        if (results.Unresolved > 0)
            writer.WriteNumber(RunKeys.Unresolved, results.Unresolved);
        writer.WriteEndObject();
    }

    private static void WriteOptions(Utf8JsonWriter writer, RunMetadata run)
    {
        var measurement = run.Measurement;
        writer.WriteStartObject(Keys.Options);
        writer.WriteString(Keys.Protocol, measurement.Protocol.NameOf());
        writer.WriteBoolean(Keys.Chat, measurement.Chat);
        writer.WriteString(Keys.Date, measurement.Date?.ToString(DateFormat, CultureInfo.InvariantCulture));
        WriteTemplate(writer, measurement.Template);
        WriteMasks(writer, measurement);
        writer.WriteNumber(Keys.MaxLength, measurement.MaxLength);
        writer.WriteString(Keys.Tokenizer, run.TokenizerHash);
        writer.WriteString(Keys.TokenizerRules, TokenizerRulesName.Of(measurement.TokenizerRules));
        writer.WriteString(Keys.Weights, measurement.WeightSelection);
        if (measurement.SplitFused)
            writer.WriteBoolean(Keys.SplitFused, true);
        if (StatisticSelection.Normalized(measurement.Statistics) is { } statistics)
            writer.WriteString(Keys.Statistics, statistics);
        writer.WriteBoolean(Keys.Spectra, measurement.Spectra);
        writer.WriteBoolean(RunKeys.Tokens, measurement.Tokens);
        writer.WriteBoolean(Keys.Cosine, measurement.Cosine);
        if (measurement.Noise)
            writer.WriteBoolean(Keys.Noise, true);
        writer.WriteString(RunKeys.Precision, measurement.Precision.NameOf());
        writer.WriteString(Keys.Device, run.Device);
        writer.WriteEndObject();
    }

    /// <summary>What masked the loss; nothing is written where nothing did, so that older runs read the same.</summary>
    internal static void WriteMasks(Utf8JsonWriter writer, MeasurementSpecification measurement)
    {
        if (measurement.Turns != AssistantTurns.Last)
            writer.WriteString(Keys.Turns, measurement.Turns.NameOf());
        if (measurement.Thinking != ThinkingMask.Keep)
            writer.WriteString(Keys.MaskThinking, measurement.Thinking.NameOf());
    }

    /// <summary>What the chat template was given; nothing is written where that was nothing, so that older runs read the same.</summary>
    internal static void WriteTemplate(Utf8JsonWriter writer, TemplateArguments template)
    {
        foreach (var (key, json) in ((string, string?)[])[(Keys.TemplateArguments, template.Json), (Keys.Tools, template.ToolsJson)])
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
        var root = ForeignJson.ReadOwn(path);
        var (model, data, options, plan) = (root.Object(Keys.Model), root.Object(Keys.Data), root.Object(Keys.Options), root.Object(Keys.Plan));
        var first = data.Int(Keys.First, 0);
        var end = data.Int(Keys.End, first);
        return new RunMetadata
        {
            Version = root.Text(Keys.Version),
            ModelPath = model.Text(Keys.Path),
            ModelHash = model.Text(Keys.Hash),
            AdapterPath = model.OptionalObject(Keys.Adapter)?.Text(Keys.Path),
            AdapterHash = model.OptionalObject(Keys.Adapter)?.Text(Keys.Hash),
            Family = model.Text(Keys.Family),
            Layers = model.Int(Keys.Layers, 0),
            Quantization = model.OptionalText(Keys.Quantization),
            WeightNotes = [.. model.OptionalArray(Keys.WeightNotes).Select(static note => note.AsText())],
            UnusedFields = [.. model.OptionalArray(Keys.UnusedFields).Select(static field => field.AsText())],
            DataPath = data.Text(Keys.Path),
            DataHash = data.Text(Keys.Hash),
            DataForm = data.OptionalText(Keys.Form),
            DataCommit = data.OptionalText(Keys.Commit),
            First = first,
            End = end,
            TokenizerHash = options.OptionalText(Keys.Tokenizer),
            Measurement = ReadMeasurement(path, options),
            Device = options.Text(Keys.Device),
            Shard = root.Find(Keys.Shard) is { } shard ? Told(shard, Shard.Parse) : null,
            TokenBudget = plan.Int(Keys.TokenBudget, 0),
            PlannedAgain = [.. plan.OptionalArray(Keys.PlannedAgain).Select(static reason => reason.AsText())],
            Windows = ReadWindows(plan, end),
            Weights = [.. root.Object(Keys.Weights).Members().Select(static weight => ReadWeight(weight.Key, weight.Value))],
            Devices = [.. root.Array(Keys.Devices).Select(static device => device.AsText())],
            Results = root.OptionalObject(Keys.Results) is { } results ? ReadResults(results) : null,
        };
    }

    private static MeasurementSpecification ReadMeasurement(string path, JsonValue options) => new MeasurementSpecification
    {
        Protocol = Protocols.Find(options.Require(Keys.Protocol).AsText()) ?? throw options.Require(Keys.Protocol).Wrong(string.Join(" or ", Protocols.Names.Select(name => $"\"{name}\""))),
        Chat = options.Require(Keys.Chat).AsBool(),
        Date = options.Find(Keys.Date) is { } date ? ReadDate(date) : null,
        Template = TemplateArguments.None.With(options.Find(Keys.Tools), null, options.Find(Keys.TemplateArguments)),
        Turns = options.Find(Keys.Turns) is { } turns ? Told(turns, LossMasks.ParseTurns, LossMasks.Turns) : AssistantTurns.Last,
        Thinking = options.Find(Keys.MaskThinking) is { } thinking ? Told(thinking, LossMasks.ParseThinking, LossMasks.Thinking) : ThinkingMask.Keep,
        MaxLength = options.Int(Keys.MaxLength, 0),
        TokenizerRules = TokenizerRulesName.Parse(options.OptionalText(Keys.TokenizerRules), $"{path}: {Keys.Options}.{Keys.TokenizerRules}"),
        SplitFused = options.Flag(Keys.SplitFused, otherwise: false),
        Statistics = options.OptionalText(Keys.Statistics),
        Spectra = options.Require(Keys.Spectra).AsBool(),
        Tokens = options.Require(RunKeys.Tokens).AsBool(),
        Cosine = options.Require(Keys.Cosine).AsBool(),
        Noise = options.Flag(Keys.Noise, otherwise: false),
        Precision = Told(options.Require(RunKeys.Precision), Precisions.Parse),
    }.WithSelection(options.Text(Keys.Weights));

    /// <summary>A date as this class and a study's plan write it.</summary>
    internal static DateOnly ReadDate(JsonValue value) =>
        DateOnly.TryParseExact(value.AsText(), DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : throw value.Wrong("a date such as 2025-01-31");

    /// <summary>Windows begin one after another before the end of the selected examples, the first of them perhaps before their beginning.</summary>
    private static List<int> ReadWindows(JsonValue plan, int end)
    {
        var windows = new List<int>();
        foreach (var window in plan.Array(Keys.Windows))
        {
            var least = windows.Count == 0 ? 0 : windows[^1] + 1;
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
    private static T Told<T>(JsonValue value, Func<string, T> parse, IReadOnlyList<string>? names = null)
    {
        try
        {
            return parse(value.AsText());
        }
        catch (InputException)
        {
            throw value.Wrong(names is not null ? string.Join(" or ", names) : typeof(T) == typeof(Shard) ? "a shard such as 0/4" : "a precision");
        }
    }

    private static RunResults ReadResults(JsonValue results)
    {
        var ties = results.Object(RunKeys.NearTies);
        return new RunResults(results.Int(Keys.Measured, 0), results.Int(Keys.Skipped, 0), ties.Int(Keys.Examples, 0), ties.Require(Keys.Choices).AsLong(0))
        {
            Widened = results.OptionalInt(Keys.MeasuredInFloat64, 0) ?? 0,
            Unresolved = results.Find(RunKeys.Unresolved)?.AsLong(0) ?? 0,
        };
    }
}
