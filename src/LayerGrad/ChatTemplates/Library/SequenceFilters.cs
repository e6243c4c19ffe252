using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Filters of lists and dictionaries.</summary>
internal static class SequenceFilters
{
    private static readonly Comparer<Value> Order = Comparer<Value>.Create(Operators.Compare);

    /// <summary><c>items</c>: the pairs of a dictionary.</summary>
    public static Value Items(Value value, Arguments arguments)
    {
        arguments.Bind();
        return value switch
        {
            UndefinedValue => new ListValue([]),
            DictionaryValue dictionary => dictionary.Pairs(),
            _ => throw new EvaluationException("Can only get item pairs from a mapping."),
        };
    }

    /// <summary><c>dictsort(case_sensitive, by, reverse)</c>: the pairs of a dictionary in order.</summary>
    public static Value DictSort(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("case_sensitive", "by", "reverse");
        var by = bound.OptionalText(1) ?? "key";
        if (by is not ("key" or "value"))
            throw new EvaluationException("You can only sort by either \"key\" or \"value\"");
        if (value is not DictionaryValue dictionary)
            throw new EvaluationException($"'{value.TypeName}' object has no attribute 'items'");
        var position = by == "key" ? 0 : 1;
        var caseSensitive = bound.Flag(0);
        return Ordered(dictionary.Pairs().Items, pair => FoldCase(((ListValue)pair).Items[position], caseSensitive), bound.Flag(2));
    }

    /// <summary><c>sort(reverse, case_sensitive, attribute)</c>: stable.</summary>
    public static Value Sort(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("reverse", "case_sensitive", "attribute");
        var caseSensitive = bound.Flag(1);
        var paths = bound[2] is StringValue text
            ? text.Text.Split(',').Select(path => (Value)new StringValue(path)).ToArray()
            : [bound[2] ?? NoneValue.Instance];
        return Ordered(value.Elements(), item => new ListValue([.. paths.Select(path => FoldCase(At(item, path), caseSensitive))]), bound.Flag(0));
    }

    /// <summary><c>unique(case_sensitive, attribute)</c>: the first of each.</summary>
    public static Value Unique(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("case_sensitive", "attribute");
        var caseSensitive = bound.Flag(0);
        return new ListValue([.. value.Elements().DistinctBy(item => FoldCase(At(item, bound[1]), caseSensitive))]);
    }

    /// <summary><c>min</c> and <c>max(case_sensitive, attribute)</c>: of equals the first.</summary>
    public static Value Extreme(Value value, Arguments arguments, int sign)
    {
        var bound = arguments.Bind("case_sensitive", "attribute");
        var caseSensitive = bound.Flag(0);
        Value? best = null;
        foreach (var item in value.Elements())
        {
            if (best is null || sign * Operators.Compare(Key(item), Key(best)) > 0)
                best = item;
        }

        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
        Value Key(Value item) => FoldCase(At(item, bound[1]), caseSensitive);
    }

    /// <summary><c>sum(attribute, start)</c>.</summary>
    public static Value Sum(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("attribute", "start");
        return value.Elements().Aggregate(bound[1] ?? new IntegerValue(0), (sum, item) => Operators.Arithmetic("+", sum, At(item, bound[0])));
    }

    /// <summary><c>first</c>.</summary>
    public static Value First(Value value, Arguments arguments)
    {
        arguments.Bind();
        return value.Elements().FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty.");
    }

    /// <summary><c>last</c>.</summary>
    public static Value Last(Value value, Arguments arguments)
    {
        arguments.Bind();
        return value.Elements().LastOrDefault() ?? new UndefinedValue("No last item, sequence was empty.");
    }

    /// <summary><c>join(d, attribute)</c>.</summary>
    public static Value Join(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("d", "attribute");
        return new StringValue(string.Join(bound[0]?.Text ?? "", value.Elements().Select(item => At(item, bound[1]).Text)));
    }

    /// <summary><c>reverse</c>: of a string its characters.</summary>
    public static Value Reverse(Value value, Arguments arguments)
    {
        arguments.Bind();
        return value is StringValue
            ? new StringValue(string.Concat(value.Elements().Reverse().Select(item => item.Text)))
            : new ListValue([.. value.Elements().Reverse()]);
    }

    /// <summary><c>batch(linecount, fill_with)</c>.</summary>
    public static Value Batch(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("linecount", "fill_with");
        var count = bound.Integer(0, 0);
        if (count < 1)
            throw new EvaluationException("batch: linecount must be at least 1");
        var batches = value.Elements().Chunk(count).Select(chunk => bound[1] is null or NoneValue
            ? new ListValue(chunk)
            : new ListValue([.. chunk, .. Enumerable.Repeat(bound[1]!, count - chunk.Length)]));
        return new ListValue([.. batches]);
    }

    /// <summary><c>groupby(attribute, default, case_sensitive)</c>: pairs of what is common and its list.</summary>
    public static Value GroupBy(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("attribute", "default", "case_sensitive");
        var caseSensitive = bound.Flag(2);
        Value Common(Value item) => At(item, bound.Required(0)) is var found && found is UndefinedValue ? bound[1] ?? found : found;
        var groups = value.Elements()
            .GroupBy(item => FoldCase(Common(item), caseSensitive))
            .OrderBy(group => group.Key, Order)
            .Select(group => new ListValue([Common(group.First()), new ListValue([.. group])], isTuple: true));
        return new ListValue([.. groups]);
    }

    /// <summary>What stands at a path such as <c>address.city</c> or <c>0.name</c>; without a path, the value itself.</summary>
    public static Value At(Value value, Value? path)
    {
        if (path is null or NoneValue)
            return value;
        if (path is not StringValue text)
            return value.Subscript(path);
        return text.Text.Split('.').Aggregate(value, (item, part) => item.Subscript(
            long.TryParse(part, System.Globalization.NumberStyles.None, null, out var index) ? new IntegerValue(index) : new StringValue(part)));
    }

    private static Value FoldCase(Value value, bool caseSensitive) =>
        !caseSensitive && value is StringValue text ? new StringValue(text.Text.ToLowerInvariant()) : value;

    private static ListValue Ordered(IEnumerable<Value> items, Func<Value, Value> key, bool descending) =>
        new([.. descending ? items.OrderByDescending(key, Order) : items.OrderBy(key, Order)]);
}
