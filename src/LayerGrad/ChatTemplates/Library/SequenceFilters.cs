using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Filters of lists and dictionaries.</summary>
internal static class SequenceFilters
{
    /// <summary><c>items</c>: the pairs of a dictionary.</summary>
    public static Value Items(Value value, Arguments arguments)
    {
        arguments.Bind();
        return value switch
        {
            UndefinedValue => new GeneratorValue(new ListValue([])),
            DictionaryValue dictionary => new GeneratorValue(dictionary.Pairs()),
            _ => throw new EvaluationException("Can only get item pairs from a mapping."),
        };
    }

    /// <summary><c>list</c>: the elements, of a text its characters.</summary>
    public static Value List(Value value, Arguments arguments)
    {
        arguments.Bind();
        return new ListValue([.. value.Elements()]);
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
        return Ordered(value.Elements(), item => new ListValue([.. paths.Select(path => FoldCase(At(item, path, arguments.Budget), caseSensitive))]), bound.Flag(0));
    }

    /// <summary><c>unique(case_sensitive, attribute)</c>: the first of each.</summary>
    public static Value Unique(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("case_sensitive", "attribute");
        var caseSensitive = bound.Flag(0);
        return new GeneratorValue(new ListValue([.. value.Elements().DistinctBy(item =>
        {
            var key = FoldCase(At(item, bound[1], arguments.Budget), caseSensitive);
            DictionaryValue.RefuseUnhashable(key);
            return key;
        })]));
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
        Value Key(Value item) => FoldCase(At(item, bound[1], arguments.Budget), caseSensitive);
    }

    /// <summary><c>sum(attribute, start)</c>.</summary>
    public static Value Sum(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("attribute", "start");
        return value.Elements().Aggregate(bound[1] ?? new IntegerValue(0), (sum, item) => Operators.Arithmetic("+", sum, At(item, bound[0], arguments.Budget), arguments.Budget));
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
        if (value is GeneratorValue)
            throw new EvaluationException($"'{value.TypeName}' object is not reversible");
        return value.Elements().LastOrDefault() ?? new UndefinedValue("No last item, sequence was empty.");
    }

    /// <summary><c>join(d, attribute)</c>.</summary>
    public static Value Join(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("d", "attribute");
        return new StringValue(PythonText.Join(bound[0]?.Text ?? "", value.Elements().Select(item => At(item, bound[1], arguments.Budget).Text)));
    }

    /// <summary><c>reverse</c>: of a string its characters.</summary>
    public static Value Reverse(Value value, Arguments arguments)
    {
        arguments.Bind();
        return value is StringValue
            ? new StringValue(string.Concat(value.Elements().Reverse().Select(item => item.Text)))
            : Reversed(value);
    }

    /// <summary><c>batch(linecount, fill_with)</c>.</summary>
    public static Value Batch(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("linecount", "fill_with");
        var count = bound.Integer(0, 0);
        if (count < 1)
            throw new EvaluationException("batch: linecount must be at least 1");
        if (bound[1] is not (null or NoneValue) && value.IsTrue)
            Budget.RefuseList(count);
        var batches = value.Elements().Chunk(Math.Min(count, Budget.LongestList)).Select(chunk => bound[1] is null or NoneValue
            ? new ListValue(chunk)
            : new ListValue([.. chunk, .. Enumerable.Repeat(bound[1]!, count - chunk.Length)]));
        return new GeneratorValue(new ListValue([.. batches]));
    }

    /// <summary><c>slice(slices, fill_with)</c>: that many lists of nearly the same length, one after the other.</summary>
    public static Value Slice(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("slices", "fill_with");
        bound.Required(0);
        var count = bound.Integer(0, 0);
        if (count < 1)
            throw new EvaluationException("slice: slices must be at least 1");
        Budget.RefuseList(count);
        var items = value.Elements().ToList();
        var (least, longer) = (items.Count / count, items.Count % count);
        var slices = new List<Value>();
        for (var (i, start) = (0, 0); i < count; i++)
        {
            var length = least + (i < longer ? 1 : 0);
            var part = items.GetRange(start, length);
            start += length;
            if (bound[1] is { } fill and not NoneValue && i >= longer)
                part.Add(fill);
            slices.Add(new ListValue(part));
        }

        return new GeneratorValue(new ListValue(slices));
    }

    /// <summary><c>groupby(attribute, default, case_sensitive)</c>: pairs of what is common and its list.</summary>
    public static Value GroupBy(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("attribute", "default", "case_sensitive");
        var caseSensitive = bound.Flag(2);
        Value Common(Value item) => At(item, bound.Required(0), arguments.Budget) is var found && found is UndefinedValue ? bound[1] ?? found : found;
        var groups = new List<(Value Key, Value First, List<Value> Items)>();
        foreach (var (key, item) in Sorting.By(value.Elements().Select(item => (Key: FoldCase(Common(item), caseSensitive), Item: item)), pair => pair.Key))
        {
            if (groups.Count == 0 || !groups[^1].Key.Equals(key))
                groups.Add((key, Common(item), []));
            groups[^1].Items.Add(item);
        }

        return new ListValue([.. groups.Select(group => new ListValue([group.First, new ListValue(group.Items)], isTuple: true))]);
    }

    /// <summary>What stands at a path such as <c>address.city</c> or <c>0.name</c>; without a path, the value itself.</summary>
    public static Value At(Value value, Value? path, Budget budget)
    {
        budget.Step();
        if (path is null or NoneValue)
            return value;
        budget.Spend(path);
        if (path is not StringValue text)
            return value.Subscript(path);
        return text.Text.Split('.').Aggregate(value, (item, part) => item.Subscript(
            long.TryParse(part, System.Globalization.NumberStyles.None, null, out var index) ? new IntegerValue(index) : new StringValue(part)));
    }

    /// <summary>Python reverses what it can with an iterator; of a generator Jinja makes a list first.</summary>
    private static Value Reversed(Value value)
    {
        var reversed = new ListValue([.. value.Elements().Reverse()]);
        return value is GeneratorValue ? reversed : new GeneratorValue(reversed, value is ListValue { IsTuple: false } ? "list_reverseiterator" : "reversed");
    }

    private static Value FoldCase(Value value, bool caseSensitive) =>
        !caseSensitive && value is StringValue text ? new StringValue(text.Text.ToLowerInvariant()) : value;

    private static ListValue Ordered(IEnumerable<Value> items, Func<Value, Value> key, bool descending) =>
        new(Sorting.By(items, key, descending));
}
