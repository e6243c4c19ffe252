namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>dict</c>: entries in the order of insertion. Templates cannot change it.</summary>
internal sealed class DictionaryValue : Value
{
    private static readonly HashSet<string> Mutators = new(StringComparer.Ordinal) { "clear", "pop", "popitem", "setdefault", "update" };

    private readonly OrderedDictionary<Value, Value> _entries = [];

    /// <summary>A dictionary of entries; where a key comes again, its last value counts.</summary>
    public DictionaryValue(IEnumerable<KeyValuePair<Value, Value>> entries)
    {
        foreach (var (key, value) in entries)
        {
            if (key is DictionaryValue or ListValue { IsTuple: false })
                throw new EvaluationException($"unhashable type: '{key.TypeName}'");
            _entries[key] = value;
        }
    }

    /// <summary>The entries in order.</summary>
    public IReadOnlyList<KeyValuePair<Value, Value>> Entries => _entries;

    public override string TypeName => "dict";

    public override bool IsTrue => _entries.Count > 0;

    public override string Text => "{" + string.Join(", ", _entries.Select(entry => $"{entry.Key.Representation}: {entry.Value.Representation}")) + "}";

    public override int Length => _entries.Count;

    public override bool IsIterable => true;

    public override IEnumerable<Value> Elements() => _entries.Keys;

    public override bool Contains(Value element) => _entries.ContainsKey(element);

    public override Value? Element(Value key) => _entries.TryGetValue(key, out var value) ? value : null;

    /// <summary>The pairs of key and value, as tuples.</summary>
    public ListValue Pairs() => new([.. _entries.Select(entry => new ListValue([entry.Key, entry.Value], isTuple: true))]);

    public override Value? Member(string name) => name switch
    {
        "items" => new CallableValue(name, arguments => { arguments.Bind(); return Pairs(); }),
        "keys" => new CallableValue(name, arguments => { arguments.Bind(); return new ListValue([.. _entries.Keys]); }),
        "values" => new CallableValue(name, arguments => { arguments.Bind(); return new ListValue([.. _entries.Values]); }),
        "copy" => new CallableValue(name, arguments => { arguments.Bind(); return this; }),
        "get" => new CallableValue(name, arguments =>
        {
            var bound = arguments.Bind("key", "default");
            return Element(bound.Required(0)) ?? bound[1] ?? NoneValue.Instance;
        }),
        _ => Mutators.Contains(name) ? UndefinedValue.OfUnsafe(this, name) : null,
    };

    public override bool Equals(Value? other) => other is DictionaryValue dictionary
        && dictionary._entries.Count == _entries.Count
        && _entries.All(entry => dictionary._entries.TryGetValue(entry.Key, out var value) && value.Equals(entry.Value));

    public override int GetHashCode() => _entries.Count;
}
