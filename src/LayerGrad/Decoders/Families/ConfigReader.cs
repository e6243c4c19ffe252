using System.Text.Json;
using LayerGrad.Compute;

namespace LayerGrad.Decoders.Families;

/// <summary>
/// Reads the fields of a <c>config.json</c>. A value that LayerGrad does not implement exactly is refused with a line
/// that names the field; nothing is approximated. It remembers what was asked for, so that what nobody understood can be told.
/// </summary>
internal sealed class ConfigReader
{
    private readonly JsonElement config;
    private readonly string location;
    private readonly HashSet<string> read = [];

    /// <summary>A reader of a configuration.</summary>
    /// <param name="config">The object.</param>
    /// <param name="location">Where it comes from, for messages.</param>
    public ConfigReader(JsonElement config, string location)
    {
        this.config = config;
        this.location = location;
    }

    /// <summary>The fields that have been asked for.</summary>
    public IReadOnlySet<string> FieldsRead => read;

    /// <summary>The fields that are there.</summary>
    public IEnumerable<string> Fields => config.EnumerateObject().Select(property => property.Name);

    /// <summary>Whether a field is there and not null.</summary>
    /// <param name="name">The field.</param>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A whole number.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing or null; without one it is required.</param>
    public int Int(string name, int? fallback = null)
    {
        if (Find(name) is not { } value)
            return fallback ?? throw Missing(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(name, value, "a whole number");
    }

    /// <summary>A whole number greater than zero.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing or null; without one it is required.</param>
    public int Positive(string name, int? fallback = null)
    {
        var value = Int(name, fallback);
        return value > 0 ? value : throw Wrong(name, config.GetProperty(name), "a number greater than 0");
    }

    /// <summary>A whole number, or null where it is missing or null.</summary>
    /// <param name="name">The field.</param>
    public int? OptionalInt(string name) => Has(name) ? Int(name) : null;

    /// <summary>A number.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing or null; without one it is required.</param>
    public double Double(string name, double? fallback = null)
    {
        if (Find(name) is not { } value)
            return fallback ?? throw Missing(name);
        return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Wrong(name, value, "a number");
    }

    /// <summary>A number, or null where it is missing or null.</summary>
    /// <param name="name">The field.</param>
    public double? OptionalDouble(string name) => Has(name) ? Double(name) : null;

    /// <summary>A truth value.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing or null.</param>
    public bool Bool(string name, bool fallback)
    {
        if (Find(name) is not { } value)
            return fallback;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false");
    }

    /// <summary>A text.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing or null; without one it is required.</param>
    public string Text(string name, string? fallback = null)
    {
        if (Find(name) is not { } value)
            return fallback ?? throw Missing(name);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, value, "a text");
    }

    /// <summary>A list of texts, or null where it is missing or null.</summary>
    /// <param name="name">The field.</param>
    public IReadOnlyList<string>? Texts(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } value ? [.. value.EnumerateArray().Select(item => item.GetString() ?? "")] : null;

    /// <summary>A list of numbers, or null where it is missing or null.</summary>
    /// <param name="name">The field.</param>
    public IReadOnlyList<double>? Doubles(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } value ? [.. value.EnumerateArray().Select(item => item.GetDouble())] : null;

    /// <summary>An object within the configuration, or null where it is missing or null.</summary>
    /// <param name="name">The field.</param>
    public ConfigReader? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigReader(value, $"{location} ({name})"),
        { } value => throw Wrong(name, value, "an object"),
    };

    /// <summary>An activation function by its name.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">The name where it is missing or null.</param>
    public Activation Activation(string name, string? fallback = null) => Text(name, fallback) switch
    {
        "silu" or "swish" => Compute.Activation.Silu,
        "gelu_pytorch_tanh" or "gelu_new" or "gelu_fast" => Compute.Activation.GeluTanh,
        "gelu" => Compute.Activation.Gelu,
        "relu" => Compute.Activation.Relu,
        var other => throw Unsupported(name, other, "silu, gelu, gelu_new, gelu_pytorch_tanh and relu"),
    };

    /// <summary>Refuses a field that is set to something else than what it may be.</summary>
    /// <param name="name">The field.</param>
    /// <param name="reason">What is supported instead.</param>
    public void RefuseIfPresent(string name, string reason)
    {
        if (Find(name) is { } value)
            throw Unsupported(name, value.ValueKind == JsonValueKind.Object ? "{...}" : value.ToString(), reason);
    }

    /// <summary>The error for a value that is not implemented.</summary>
    /// <param name="name">The field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="supported">What is supported.</param>
    public InputException Unsupported(string name, string value, string supported) =>
        new($"{location}: '{name}' is '{value}', which LayerGrad does not implement; supported: {supported}");

    /// <summary>The error for fields that contradict each other.</summary>
    /// <param name="what">What is wrong.</param>
    public InputException Inconsistent(string what) => new($"{location}: {what}; check the configuration against the checkpoint it came with");

    private JsonElement? Find(string name)
    {
        read.Add(name);
        return config.ValueKind == JsonValueKind.Object && config.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private InputException Missing(string name) => new($"{location}: the field '{name}' is missing; take the config.json that came with the weights");

    private InputException Wrong(string name, JsonElement value, string expected) => new($"{location}: '{name}' is {value.GetRawText()}, but should be {expected}");
}
