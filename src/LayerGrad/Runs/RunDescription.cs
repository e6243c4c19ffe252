using System.Runtime.InteropServices;
using System.Text;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;
using Keys = LayerGrad.Runs.RunKeys.Metadata;

namespace LayerGrad.Runs;

/// <summary>
/// What <c>RUN.meta.json</c> tells a reader of runs, whoever wrote it: <see cref="RunMetadata"/> is what a run that goes on must have, this is
/// what there is.
/// </summary>
internal sealed class RunDescription
{
    private readonly JsonValue _root;

    private RunDescription(JsonValue root) => _root = root;

    /// <summary>What stands beside a run; null where nothing does, as with the original authors' files.</summary>
    /// <param name="run"><c>RUN.jsonl</c>.</param>
    /// <exception cref="InputException">The file is not a JSON object.</exception>
    public static RunDescription? Of(string run)
    {
        var path = new RunPaths(run).Metadata;
        return File.Exists(path) ? new RunDescription(ForeignJson.ReadOwn(path)) : null;
    }

    /// <summary>The version of LayerGrad that began the run.</summary>
    public string? Version => Said(Keys.Version);

    /// <summary>The model as the user named it.</summary>
    public string? ModelPath => Said(Keys.Model, Keys.Path);

    /// <summary>The last part of <see cref="ModelPath"/>, and that of the adapter's.</summary>
    public string? ModelName => WithAdapter(LastPart(ModelPath), LastPart(Said(Keys.Model, Keys.Adapter, Keys.Path)));

    /// <summary>In which formats the model's weights are quantised; null where none is.</summary>
    public string? Quantization => Said(Keys.Model, Keys.Quantization);

    /// <summary>The identity of the model's files, and of the adapter's.</summary>
    public string? ModelHash => WithAdapter(Said(Keys.Model, Keys.Hash), Said(Keys.Model, Keys.Adapter, Keys.Hash));

    /// <summary>All that is said of the model, as it stands there.</summary>
    public string? Model => _root.Find(Keys.Model) is { } model ? Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(model.Element)) : null;

    /// <summary>The model by whatever names it.</summary>
    public string? NameOfModel => WithAdapter(Named(_root, Keys.Model), Said(Keys.Model, Keys.Adapter, Keys.Path));

    /// <summary>The dataset as the user named it.</summary>
    public string? DataPath => Said(Keys.Data, Keys.Path);

    /// <summary>The identity of the dataset.</summary>
    public string? DataHash => Said(Keys.Data, Keys.Hash);

    /// <summary>The dataset by whatever names it.</summary>
    public string? NameOfData => Named(_root, "dataset") ?? Named(_root, Keys.Data);

    /// <summary>What computed, with commas between.</summary>
    public string? Devices => _root.Find(Keys.Devices) is { } devices ? string.Join(", ", devices.Items().Select(device => device.AsText())) : null;

    /// <summary>Whether the run says what it came to, which is written when it is complete.</summary>
    public bool IsComplete => _root.Find(Keys.Results) is { IsObject: true };

    /// <summary>How many examples the run, or this shard of it, is to hold when it is complete; null where that is not said.</summary>
    public int? PlannedExamples
    {
        get
        {
            if (_root.Find(Keys.Data) is not { IsObject: true } data || data.OptionalInt(Keys.First, 0) is not { } first || data.OptionalInt(Keys.End, first) is not { } end)
                return null;
            if (Said(Keys.Shard) is not { } shard || _root.Find(Keys.Plan) is not { IsObject: true } plan)
                return end - first;
            return RunMetadata.PositionsOf([.. plan.Array(Keys.Windows).Select(window => window.AsInt(0))], first, end, Shard.Parse(shard)).Count();
        }
    }

    /// <summary>Whether the chat template was used.</summary>
    public bool? Chat => _root.Find(Keys.Options) is { IsObject: true } options ? options.Find(Keys.Chat)?.AsBool() : null;

    /// <summary>Writes all of it as it stands there.</summary>
    internal void WriteTo(System.Text.Json.Utf8JsonWriter json) => _root.Element.WriteTo(json);

    /// <summary>An option that the run was measured under, as text.</summary>
    /// <param name="key">Its key.</param>
    public string? Option(string key) => Said(Keys.Options, key);

    private static string? LastPart(string? path) => path is null ? null : Path.GetFileName(path.TrimEnd('/', '\\'));

    private static string? WithAdapter(string? model, string? adapter) => model is null || adapter is null ? model : $"{model} + {adapter}";

    /// <summary>A scalar as text; null where it, or what should hold it, is not there.</summary>
    private string? Said(params ReadOnlySpan<string> keys)
    {
        JsonValue? value = _root;
        foreach (var key in keys)
            value = value is { IsObject: true } inner ? inner.Find(key) : null;
        return value is not { IsObject: false, IsArray: false } scalar ? null : scalar.IsText ? scalar.AsText() : scalar.Shown();
    }

    /// <summary>A text, or the name or path in an object under its key.</summary>
    private static string? Named(JsonValue holder, string key) => holder.Find(key) switch
    {
        { IsText: true } text => text.AsText(),
        { IsObject: true } inner => Named(inner, Keys.Path) ?? Named(inner, "name") ?? Named(inner, "location"),
        _ => null,
    };
}
