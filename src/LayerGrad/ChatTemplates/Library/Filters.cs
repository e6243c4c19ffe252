using System.Collections.Frozen;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Jinja's filters, by name. Those that Jinja writes as generators give lists here.</summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Func<Value, Arguments, Value>> s_table =
        new Dictionary<string, Func<Value, Arguments, Value>>(StringComparer.Ordinal)
        {
            ["tojson"] = Json.Filter,
            ["default"] = Default,
            ["d"] = Default,
            ["length"] = (value, arguments) => { arguments.Bind(); return new IntegerValue(value.Length); },
            ["count"] = (value, arguments) => { arguments.Bind(); return new IntegerValue(value.Length); },
            ["trim"] = Markup.Keeping((value, arguments) => PythonText.Strip(value.Text, arguments.Bind("chars").OptionalText(0))),
            ["upper"] = Text(text => text.ToUpperInvariant()),
            ["lower"] = Text(text => text.ToLowerInvariant()),
            ["title"] = Text(TextFilters.Title),
            ["capitalize"] = Text(PythonText.Capitalize),
            ["string"] = Text(text => text),
            ["safe"] = Markup.Safe,
            ["escape"] = Markup.Escape,
            ["e"] = Markup.Escape,
            ["replace"] = TextFilters.Replace,
            ["indent"] = TextFilters.Indent,
            ["center"] = (value, arguments) => new StringValue(PythonText.Center(value.Text, arguments.Bind("width").Integer(0, 80))),
            ["format"] = TextFilters.Format,
            ["truncate"] = TextFilters.Truncate,
            ["wordcount"] = TextFilters.WordCount,
            ["int"] = NumberFilters.Int,
            ["float"] = NumberFilters.Float,
            ["abs"] = NumberFilters.Abs,
            ["round"] = NumberFilters.Round,
            ["items"] = SequenceFilters.Items,
            ["dictsort"] = SequenceFilters.DictSort,
            ["list"] = SequenceFilters.List,
            ["first"] = SequenceFilters.First,
            ["last"] = SequenceFilters.Last,
            ["join"] = SequenceFilters.Join,
            ["reverse"] = SequenceFilters.Reverse,
            ["sort"] = SequenceFilters.Sort,
            ["unique"] = SequenceFilters.Unique,
            ["min"] = (value, arguments) => SequenceFilters.Extreme(value, arguments, -1),
            ["max"] = (value, arguments) => SequenceFilters.Extreme(value, arguments, 1),
            ["sum"] = SequenceFilters.Sum,
            ["batch"] = SequenceFilters.Batch,
            ["slice"] = SequenceFilters.Slice,
            ["groupby"] = SequenceFilters.GroupBy,
            ["attr"] = (value, arguments) => Attribute(value, arguments.Bind("name").Text(0)),
            ["map"] = SelectionFilters.Map,
            ["select"] = (value, arguments) => SelectionFilters.Choose(value, arguments, keep: true, byAttribute: false),
            ["reject"] = (value, arguments) => SelectionFilters.Choose(value, arguments, keep: false, byAttribute: false),
            ["selectattr"] = (value, arguments) => SelectionFilters.Choose(value, arguments, keep: true, byAttribute: true),
            ["rejectattr"] = (value, arguments) => SelectionFilters.Choose(value, arguments, keep: false, byAttribute: true),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Filters that look at a list's elements without going into them.</summary>
    private static readonly FrozenSet<string> s_shallow = new[]
    {
        "default", "d", "length", "count", "list", "first", "last", "reverse", "batch", "slice", "items", "attr", "map", "select", "reject", "selectattr", "rejectattr",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The names of all filters.</summary>
    public static IEnumerable<string> Names => s_table.Keys;

    /// <summary>Whether there is a filter of a name.</summary>
    public static bool Exists(string name) => s_table.ContainsKey(name);

    /// <summary>Applies a filter.</summary>
    /// <exception cref="EvaluationException">There is no such filter, or it cannot be applied.</exception>
    public static Value Apply(string name, Value value, Arguments arguments)
    {
        if (!s_table.TryGetValue(name, out var filter))
            throw new EvaluationException($"No filter named '{name}'.");
        var budget = arguments.Budget;
        budget.Enter();
        if (s_shallow.Contains(name))
            budget.Spend(value);
        else
            budget.SpendWhole(value);
        var result = filter(value, arguments);
        budget.Spend(result);
        budget.Leave();
        return result;
    }

    private static Func<Value, Arguments, Value> Text(Func<string, string> change) => Markup.Keeping((value, arguments) =>
    {
        arguments.Bind();
        return change(value.Text);
    });

    private static Value Default(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("default_value", "boolean");
        var missing = value is UndefinedValue || (bound.Flag(1) && !value.IsTrue);
        return missing ? bound[0] ?? new StringValue("") : value;
    }

    private static Value Attribute(Value value, string name)
    {
        value.RefuseUndefined();
        return value.Member(name) ?? UndefinedValue.OfMember(value, new StringValue(name));
    }
}
