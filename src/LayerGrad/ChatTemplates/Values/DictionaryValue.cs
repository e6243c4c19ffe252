namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>dict</c>: entries in the order of insertion. Templates cannot change it.</summary>
internal sealed class DictionaryValue : Value
{
    private static readonly HashSet<string> s_mutators = new(StringComparer.Ordinal) { "clear", "pop", "popitem", "setdefault", "update" };

    private readonly OrderedDictionary<Value, Value> _entries = [];

    /// <summary>A dictionary of entries; where a key comes again, its last value counts.</summary>
    /// <exception cref="EvaluationException">A key cannot be one, or the dictionary is longer, larger or deeper than values may be.</exception>
    public DictionaryValue(IEnumerable<KeyValuePair<Value, Value>> entries)
    {
        foreach (var (key, value) in entries)
        {
            RefuseUnhashable(key);
            _entries[key] = value;
        }

        Budget.RefuseList(_entries.Count);
        (Size, Levels) = Measure(_entries.Keys.Concat(_entries.Values));
    }

    /// <summary>The entries in order.</summary>
    public IReadOnlyList<KeyValuePair<Value, Value>> Entries => _entries;

    public override long Size { get; }

    public override long Breadth => (long)Budget.ElementCost * (_entries.Count + 1);

    public override int Levels { get; }

    public override string TypeName => "dict";

    public override bool IsTrue => _entries.Count > 0;

    public override string Text => "{" + string.Join(", ", _entries.Select(entry => $"{entry.Key.Representation}: {entry.Value.Representation}")) + "}";

    public override int Length => _entries.Count;

    public override bool IsIterable => true;

    /// <summary>Fails where a value cannot be a key, as in Python.</summary>
    public static void RefuseUnhashable(Value key)
    {
        if (key is DictionaryValue or ListValue { IsTuple: false })
            throw new EvaluationException($"unhashable type: '{key.TypeName}'");
        if (key is ListValue tuple)
        {
            foreach (var item in tuple.Items)
                RefuseUnhashable(item);
        }
    }

    public override IEnumerable<Value> Elements() => _entries.Keys;

    public override bool Contains(Value element)
    {
        RefuseUnhashable(element);
        return _entries.ContainsKey(element);
    }

    public override Value? Element(Value key) => _entries.TryGetValue(key, out var value) ? value : null;

    /// <summary>The pairs of key and value, as tuples.</summary>
    public ListValue Pairs() => new([.. _entries.Select(entry => new ListValue([entry.Key, entry.Value], isTuple: true))]);

    public override Value? Member(string name) => name switch
    {
        "items" => View("dict_items", Pairs),
        "keys" => View("dict_keys", () => new ListValue([.. _entries.Keys])),
        "values" => View("dict_values", () => new ListValue([.. _entries.Values])),
        "copy" => new CallableValue(name, arguments => { arguments.Bind(); return this; }),
        "get" => new CallableValue(name, arguments =>
        {
            var bound = arguments.Bind("key", "default");
            return Element(bound.Required(0)) ?? bound[1] ?? NoneValue.Instance;
        }),
        _ => s_mutators.Contains(name) ? UndefinedValue.OfUnsafe(this, name) : null,
    };

    private CallableValue View(string typeName, Func<ListValue> elements) => new(typeName[5..], arguments =>
    {
        arguments.Bind();
        arguments.Budget.Spend(this);
        return new ViewValue(typeName, elements());
    });

    public override bool Equals(Value? other) => other is DictionaryValue dictionary
        && dictionary._entries.Count == _entries.Count
        && _entries.All(entry => dictionary._entries.TryGetValue(entry.Key, out var value) && value.Equals(entry.Value));

    public override int GetHashCode() => _entries.Count;
}
