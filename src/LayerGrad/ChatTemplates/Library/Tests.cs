using System.Collections.Frozen;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Jinja's tests (<c>value is name</c>), by name.</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, Func<Value, Arguments, bool>> s_table =
        new Dictionary<string, Func<Value, Arguments, bool>>(StringComparer.Ordinal)
        {
            ["defined"] = Kind(value => value is not UndefinedValue),
            ["undefined"] = Kind(value => value is UndefinedValue),
            ["none"] = Kind(value => value is NoneValue),
            ["boolean"] = Kind(value => value is BooleanValue),
            ["true"] = Kind(value => value is BooleanValue { IsTrue: true }),
            ["false"] = Kind(value => value is BooleanValue { IsTrue: false }),
            ["integer"] = Kind(value => value is IntegerValue),
            ["float"] = Kind(value => value is FloatValue),
            ["number"] = Kind(value => value is NumberValue),
            ["string"] = Kind(value => value is StringValue),
            ["mapping"] = Kind(value => value is DictionaryValue),
            ["sequence"] = Kind(value => value is StringValue or ListValue or DictionaryValue or UndefinedValue or ViewValue { IsIndexable: true }),
            ["iterable"] = Kind(value => value.IsIterable),
            ["callable"] = Kind(value => value is CallableValue),
            ["escaped"] = Kind(value => value is StringValue { IsMarkup: true }),
            ["lower"] = Kind(value => value.Text.Any(char.IsLower) && !value.Text.Any(char.IsUpper)),
            ["upper"] = Kind(value => value.Text.Any(char.IsUpper) && !value.Text.Any(char.IsLower)),
            ["filter"] = Kind(value => Filters.Exists(value.Text)),
            ["test"] = Kind(value => Exists(value.Text)),
            ["odd"] = (value, arguments) => { arguments.Bind(); return Remainder(value, new IntegerValue(2), arguments.Budget) == 1; },
            ["even"] = (value, arguments) => { arguments.Bind(); return Remainder(value, new IntegerValue(2), arguments.Budget) == 0; },
            ["divisibleby"] = (value, arguments) => Remainder(value, arguments.Bind("num").Required(0), arguments.Budget) == 0,
            ["sameas"] = (value, arguments) => Same(value, arguments.Bind("other").Required(0)),
            ["in"] = (value, arguments) => Operators.Holds("in", value, arguments.Bind("seq").Required(0), arguments.Budget),
            ["=="] = Comparison("=="),
            ["eq"] = Comparison("=="),
            ["equalto"] = Comparison("=="),
            ["!="] = Comparison("!="),
            ["ne"] = Comparison("!="),
            [">"] = Comparison(">"),
            ["gt"] = Comparison(">"),
            ["greaterthan"] = Comparison(">"),
            [">="] = Comparison(">="),
            ["ge"] = Comparison(">="),
            ["<"] = Comparison("<"),
            ["lt"] = Comparison("<"),
            ["lessthan"] = Comparison("<"),
            ["<="] = Comparison("<="),
            ["le"] = Comparison("<="),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names of all tests.</summary>
    public static IEnumerable<string> Names => s_table.Keys;

    /// <summary>Whether there is a test of a name.</summary>
    public static bool Exists(string name) => s_table.ContainsKey(name);

    /// <summary>Whether a value passes a test.</summary>
    /// <exception cref="EvaluationException">There is no such test, or it cannot be applied.</exception>
    public static bool Passes(string name, Value value, Arguments arguments)
    {
        if (!s_table.TryGetValue(name, out var test))
            throw new EvaluationException($"No test named '{name}'.");
        arguments.Budget.Step();
        if (name is "lower" or "upper" or "filter" or "test")
            arguments.Budget.SpendWhole(value);
        return test(value, arguments);
    }

    private static Func<Value, Arguments, bool> Kind(Func<Value, bool> test) => (value, arguments) =>
    {
        arguments.Bind();
        return test(value);
    };

    private static Func<Value, Arguments, bool> Comparison(string symbol) =>
        (value, arguments) => Operators.Holds(symbol, value, arguments.Bind("other").Required(0), arguments.Budget);

    private static double Remainder(Value value, Value divisor, Budget budget) => value is NumberValue && divisor is NumberValue
        ? ((NumberValue)Operators.Arithmetic("%", value, divisor, budget)).AsDouble
        : throw new EvaluationException($"unsupported operand type(s) for %: '{value.TypeName}' and '{divisor.TypeName}'");

    /// <summary>Identity: Python has one object for small integers and for None, True and False.</summary>
    private static bool Same(Value value, Value other) => ReferenceEquals(value, other)
        || (value is IntegerValue && other is IntegerValue && value.Equals(other));
}
