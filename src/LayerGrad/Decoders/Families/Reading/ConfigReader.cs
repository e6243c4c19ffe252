using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Json;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>
/// Reads the fields of a <c>config.json</c>. A value that LayerGrad does not implement exactly is refused with a line that names the
/// field; nothing is approximated. A missing field takes the default of the reference's class; a null is a value like any other, which
/// most fields do not take. The reader remembers what was asked for, so that what nobody understood can be told.
/// </summary>
internal sealed class ConfigReader
{
    /// <summary>The largest size of a matrix that is believed; sums of a few of them still fit an <see cref="int"/>.</summary>
    private const int LargestSize = 1 << 28;

    private readonly JsonValue _config;
    private readonly HashSet<string> _read;

    /// <summary>A reader of a configuration.</summary>
    /// <param name="config">The object.</param>
    /// <param name="location">Where it comes from, for messages.</param>
    /// <param name="tensors">The numbers of layers and experts that the checkpoint has tensors of; null where there is no checkpoint yet.</param>
    /// <exception cref="InputException">It is no object.</exception>
    public ConfigReader(JsonElement config, string location, TensorCounts? tensors = null)
        : this(new JsonValue(config, location, ""), [], tensors ?? TensorCounts.Unknown)
    {
    }

    private ConfigReader(JsonValue config, HashSet<string> read, TensorCounts tensors)
    {
        if (!config.IsObject)
            throw config.Wrong("an object");
        (_config, _read, Tensors) = (config, read, tensors);
    }

    /// <summary>How many layers and experts the checkpoint has tensors of.</summary>
    public TensorCounts Tensors { get; }

    /// <summary>The object, for readers of their own.</summary>
    public JsonValue Value => _config;

    /// <summary>The keys of the object.</summary>
    public IEnumerable<string> Keys => _config.Members().Select(member => member.Key);

    /// <summary>
    /// The fields that are there, not null, and that nobody has asked for; those of an object that was read are named with it
    /// (<c>rope_scaling.attn_factor</c>).
    /// </summary>
    public IReadOnlyList<string> Unread => [.. UnreadOf(_config).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => Find(name) is { IsNull: false };

    /// <summary>Whether a field is there, be it null.</summary>
    public bool HasKey(string name) => Find(name) is not null;

    /// <summary>The one of several names of a field that is there; the first where none is.</summary>
    /// <param name="names">The names.</param>
    /// <exception cref="InputException">Two of them are there and differ.</exception>
    public string OneOf(IReadOnlyList<string> names)
    {
        string[] there = [.. names.Where(HasKey)];
        foreach (var other in there.Skip(1))
        {
            if (!JsonElement.DeepEquals(Find(there[0])!.Value.Element, Find(other)!.Value.Element))
                throw Inconsistent($"{there[0]} is {Find(there[0])!.Value.Shown()}, but {other} {Find(other)!.Value.Shown()}");
        }

        return there.Length > 0 ? there[0] : names[0];
    }

    /// <summary>Takes a field as understood although its value decides nothing here.</summary>
    public void Ignore(string name) => _read.Add(_config.Below(name));

    /// <summary>Takes a field that another one beats as understood where both say the same number; where they differ, it is told as unused.</summary>
    public void IgnoreIfEqual(string name, double value)
    {
        if (_config.FindOrNull(name) is { IsNumber: true } other && other.AsAnyDouble() == value)
            Ignore(name);
    }

    /// <summary>Takes a text that decides nothing here as understood where it says what is done anyway; where it says something else, it is told as unused.</summary>
    public void IgnoreIfSaid(string name, string text)
    {
        if (_config.FindOrNull(name) is { IsText: true } other && other.AsText() == text)
            Ignore(name);
    }

    /// <summary>Takes a field back that was read only for its type, because the reference does not obey it.</summary>
    public void TellUnused(string name) => _read.Remove(_config.Below(name));

    /// <summary>A whole number within bounds, both included.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing; without one it is required.</param>
    /// <param name="least">The least it may be.</param>
    /// <param name="most">The most it may be.</param>
    public int Int(string name, int? fallback = null, int least = int.MinValue, int most = int.MaxValue) =>
        Find(name) is { } value ? value.AsInt(least, most) : fallback ?? throw Missing(name);

    /// <summary>A whole number from 1 to what a matrix may have of rows.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing; without one it is required.</param>
    public int Size(string name, int? fallback = null) => Int(name, fallback, 1, LargestSize);

    /// <summary>A number of things that each have tensors of their own: heads, layers, experts.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing; without one it is required.</param>
    /// <param name="most">The most that is believed.</param>
    public int Count(string name, int? fallback = null, int most = TensorCounts.Most) => Int(name, fallback, 1, most);

    /// <summary>A whole number, or null where it is missing or null.</summary>
    public int? OptionalInt(string name, int least = int.MinValue) => Has(name) ? Int(name, least: least) : null;

    /// <summary>A finite number.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing; without one it is required.</param>
    public double Double(string name, double? fallback = null) => Find(name) is { } value ? value.AsDouble() : fallback ?? throw Missing(name);

    /// <summary>A finite number greater than zero.</summary>
    /// <inheritdoc cref="Double"/>
    public double PositiveDouble(string name, double? fallback = null) =>
        Double(name, fallback) is var number && number > 0 ? number : throw Find(name)!.Value.Wrong("a number above 0");

    /// <summary>A finite number, or null where it is missing or null.</summary>
    public double? OptionalDouble(string name) => Has(name) ? Double(name) : null;

    /// <summary>A finite number greater than zero, or null where it is missing or null.</summary>
    public double? OptionalPositiveDouble(string name) => Has(name) ? PositiveDouble(name) : null;

    /// <summary>A truth value.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing.</param>
    public bool Bool(string name, bool fallback) => Find(name) is { } value ? value.AsBool() : fallback;

    /// <summary>A text.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">Its value where it is missing; without one it is required.</param>
    public string Text(string name, string? fallback = null) => Find(name) is { } value ? value.AsText() : fallback ?? throw Missing(name);

    /// <summary>The items of a list, or null where it is missing or null.</summary>
    public IReadOnlyList<JsonValue>? Items(string name) => Has(name) ? [.. Find(name)!.Value.Items()] : null;

    /// <summary>A list of finite numbers, or null where it is missing or null.</summary>
    public IReadOnlyList<double>? Doubles(string name) => Has(name) ? [.. Find(name)!.Value.Items().Select(item => item.AsDouble())] : null;

    /// <summary>A list of whole numbers, or null where it is missing or null.</summary>
    public IReadOnlyList<int>? Ints(string name) => Has(name) ? [.. Find(name)!.Value.Items().Select(item => item.AsInt())] : null;

    /// <summary>An object within the configuration, or null where it is missing or null.</summary>
    public ConfigReader? Object(string name) => Has(name) ? new ConfigReader(Find(name)!.Value, _read, Tensors) : null;

    /// <summary>Settings that stand in for an object that is not there.</summary>
    /// <param name="name">Where they would stand.</param>
    /// <param name="json">The settings.</param>
    public ConfigReader Instead(string name, string json) => new(new JsonValue(JsonElement.Parse(json), _config.File, _config.Below(name)), _read, Tensors);

    /// <summary>Whether a field is an object.</summary>
    public bool IsObject(string name) => Find(name) is { IsObject: true } value && !value.Has("__float__");

    /// <summary>Whether a field is a list.</summary>
    public bool IsList(string name) => Find(name) is { IsArray: true };

    /// <summary>Whether two objects say the same.</summary>
    public bool SaysTheSameAs(ConfigReader other) => JsonElement.DeepEquals(_config.Element, other._config.Element);

    /// <summary>An activation function by its name.</summary>
    /// <param name="name">The field.</param>
    /// <param name="fallback">The name where it is missing.</param>
    public Activation Activation(string name, string fallback) => Text(name, fallback) switch
    {
        "silu" or "swish" => Compute.Activation.Silu,
        "gelu_pytorch_tanh" or "gelu_new" or "gelu_fast" => Compute.Activation.GeluTanh,
        "gelu" => Compute.Activation.Gelu,
        "relu" => Compute.Activation.Relu,
        "relu2" => Compute.Activation.ReluSquared,
        _ => throw Unsupported(name, "silu, swish, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu and relu2"),
    };

    /// <summary>Refuses a field that changes the forward pass unless it has the one value that does not.</summary>
    /// <param name="name">The field.</param>
    /// <param name="harmless">The value that changes nothing; null and a missing field never do.</param>
    /// <param name="supported">What is supported, in words.</param>
    public void RefuseUnless(string name, bool harmless, string supported)
    {
        if (Find(name) is not { IsNull: false } value || (value.Kind is JsonValueKind.True or JsonValueKind.False && value.AsBool() == harmless))
            return;
        throw Unsupported(name, supported);
    }

    /// <summary>Refuses a field that is there and not null.</summary>
    /// <param name="name">The field.</param>
    /// <param name="supported">What is supported, in words.</param>
    public void RefuseIfPresent(string name, string supported)
    {
        if (Has(name))
            throw Unsupported(name, supported);
    }

    /// <summary>The error for a value that is not implemented.</summary>
    /// <param name="name">The field.</param>
    /// <param name="supported">What is supported.</param>
    public InputException Unsupported(string name, string supported) =>
        _config.Error($"{_config.Below(name)} is {Find(name)?.Shown() ?? "missing"}, which LayerGrad does not implement; supported: {supported}");

    /// <summary>The error for fields that contradict each other.</summary>
    /// <param name="what">What is wrong, with the names of the fields.</param>
    public InputException Inconsistent(string what) => _config.Error($"{what}; check the configuration against the checkpoint it came with");

    /// <summary>The error for a field that must be there.</summary>
    public InputException Missing(string name) => _config.Error($"{_config.Below(name)} is missing; take the config.json that came with the weights");

    /// <summary>The path of a field.</summary>
    public string PathOf(string name) => _config.Below(name);

    private JsonValue? Find(string name)
    {
        _read.Add(_config.Below(name));
        return _config.FindOrNull(name);
    }

    private IEnumerable<string> UnreadOf(JsonValue value)
    {
        foreach (var (_, member) in value.Members())
        {
            if (!_read.Contains(member.Path))
            {
                if (!member.IsNull)
                    yield return member.Path;
            }
            else if (member.IsObject && member.Members().Any(inner => _read.Contains(inner.Value.Path)))
            {
                foreach (var inner in UnreadOf(member))
                    yield return inner;
            }
        }
    }
}
