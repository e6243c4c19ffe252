namespace LayerGrad.Studies.Plan;

/// <summary>A mapping of a YAML file, every key of which is known and stands once.</summary>
internal sealed class YamlMap
{
    private readonly YamlValue _value;
    private readonly Dictionary<string, YamlValue> _entries = new(StringComparer.Ordinal);

    /// <summary>Takes the entries of a mapping.</summary>
    /// <exception cref="InputException">A key is unknown (with the nearest known one) or stands twice.</exception>
    public YamlMap(YamlValue value, IEnumerable<(YamlValue Key, YamlValue Value)> entries, IReadOnlyList<string>? known)
    {
        _value = value;
        foreach (var (key, entry) in entries)
        {
            var name = key.Text();
            if (known is not null && !known.Contains(name, StringComparer.Ordinal))
                throw key.Error($"unknown key '{name}'{NearestWord.Suggest(name, known)} Known here: {string.Join(", ", known)}.");
            if (!_entries.TryAdd(name, entry))
                throw key.Error($"the key '{name}' stands here a second time; remove one.");
            Keys.Add((name, key));
        }
    }

    /// <summary>The keys, in the order of the file, with their places.</summary>
    public List<(string Name, YamlValue Place)> Keys { get; } = [];

    /// <summary>The value of a key; null where the key is missing.</summary>
    public YamlValue? this[string key] => _entries.GetValueOrDefault(key);

    /// <summary>The value of a key that must be there.</summary>
    public YamlValue Required(string key) => this[key] ?? throw _value.Error($"the key '{key}' is missing here.");
}
