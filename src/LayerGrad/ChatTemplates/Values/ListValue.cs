namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>list</c>, or its <c>tuple</c>, which prints and compares differently. Templates cannot change either.</summary>
internal sealed class ListValue : Value
{
    private static readonly HashSet<string> s_mutators = new(StringComparer.Ordinal)
    {
        "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
    };

    private readonly IReadOnlyList<Value> _items;
    private readonly bool _isTuple;

    /// <summary>A list, or a tuple.</summary>
    /// <exception cref="EvaluationException">It is longer, larger or deeper than values may be.</exception>
    public ListValue(IReadOnlyList<Value> items, bool isTuple = false)
    {
        Budget.RefuseList(items.Count);
        _items = items;
        _isTuple = isTuple;
        (Size, Levels) = Measure(items);
    }

    /// <summary>The elements.</summary>
    public IReadOnlyList<Value> Items => _items;

    /// <summary>Whether it is a tuple.</summary>
    public bool IsTuple => _isTuple;

    public override long Size { get; }

    public override long Breadth => (long)Budget.ElementCost * (_items.Count + 1);

    public override int Levels { get; }

    public override string TypeName => _isTuple ? "tuple" : "list";

    public override bool IsTrue => _items.Count > 0;

    public override string Text
    {
        get
        {
            var inner = string.Join(", ", _items.Select(item => item.Representation));
            if (!_isTuple)
                return $"[{inner}]";
            return _items.Count == 1 ? $"({inner},)" : $"({inner})";
        }
    }

    public override int Length => _items.Count;

    public override bool IsIterable => true;

    public override IEnumerable<Value> Elements() => _items;

    public override Value? Element(Value key)
    {
        if (key is not IntegralValue index)
            return null;
        var at = index.AsLong < 0 ? index.AsLong + _items.Count : index.AsLong;
        return at >= 0 && at < _items.Count ? _items[(int)at] : null;
    }

    public override Value? Member(string name) => name switch
    {
        "count" => new CallableValue(name, arguments =>
        {
            var sought = arguments.Bind("value").Required(0);
            arguments.Budget.SpendWhole(this);
            return new IntegerValue(_items.Count(item => item.Equals(sought)));
        }),
        "index" => new CallableValue(name, arguments =>
        {
            arguments.Budget.SpendWhole(this);
            return Index(arguments.Bind("value").Required(0));
        }),
        _ => !_isTuple && s_mutators.Contains(name) ? UndefinedValue.OfUnsafe(this, name) : null,
    };

    private IntegerValue Index(Value sought)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (_items[i].Equals(sought))
                return new IntegerValue(i);
        }

        throw new EvaluationException($"{sought.Representation} is not in list");
    }

    public override bool Equals(Value? other) =>
        other is ListValue list && list.IsTuple == _isTuple && _items.SequenceEqual(list.Items);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items)
            hash.Add(item);
        return hash.ToHashCode();
    }
}
