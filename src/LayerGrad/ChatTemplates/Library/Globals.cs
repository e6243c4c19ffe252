using System.Globalization;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>The functions that every template can call: Jinja's, and the two that transformers adds.</summary>
internal static class Globals
{
    private const int LongestRange = 100_000;

    /// <summary>The functions by name.</summary>
    /// <param name="date">What <c>strftime_now</c> takes for today.</param>
    public static Dictionary<string, Value> Create(DateOnly date) => new(StringComparer.Ordinal)
    {
        ["range"] = new CallableValue("range", Range),
        ["namespace"] = new CallableValue("namespace", Namespace),
        ["dict"] = new CallableValue("dict", arguments => new DictionaryValue(Entries(arguments))),
        ["raise_exception"] = new CallableValue("raise_exception", arguments =>
            throw new EvaluationException(arguments.Bind("message").Required(0).Text, raisedByTemplate: true)),
        ["strftime_now"] = new CallableValue("strftime_now", arguments =>
            new StringValue(Strftime.Format(date, arguments.Bind("format").Text(0)))),
    };

    private static ViewValue Range(Arguments arguments)
    {
        var bound = arguments.Bind("start", "stop", "step");
        bound.Required(0);
        var first = bound.Integer(0, 0);
        var (start, stop) = bound[1] is null ? (0, first) : (first, bound.Integer(1, 0));
        var step = bound.Integer(2, 1);
        if (step == 0)
            throw new EvaluationException("range() arg 3 must not be zero");
        var count = Math.Max(0, (((long)stop - start) + step - Math.Sign(step)) / step);
        if (count > LongestRange)
            throw new EvaluationException($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LongestRange}).");
        arguments.Budget.Spend(count * Budget.ElementCost);
        var items = new Value[count];
        for (var i = 0; i < items.Length; i++)
            items[i] = new IntegerValue(start + ((long)i * step));
        return new ViewValue("range", new ListValue(items), string.Create(CultureInfo.InvariantCulture, $"range({start}, {stop}{(step == 1 ? "" : $", {step}")})"));
    }

    private static NamespaceValue Namespace(Arguments arguments)
    {
        var result = new NamespaceValue();
        foreach (var (key, value) in Entries(arguments))
            result.Set(key.Text, value);
        return result;
    }

    /// <summary>What Python's <c>dict(...)</c> takes: a mapping or pairs, and named values.</summary>
    private static IEnumerable<KeyValuePair<Value, Value>> Entries(Arguments arguments)
    {
        var given = arguments.Positional.Count switch
        {
            0 => [],
            1 when arguments.Positional[0] is DictionaryValue dictionary => dictionary.Entries,
            1 => arguments.Positional[0].Elements().Select(pair => pair is ListValue { Length: 2 } both
                ? KeyValuePair.Create(both.Items[0], both.Items[1])
                : throw new EvaluationException("dictionary update sequence elements must be pairs")),
            var count => throw new EvaluationException($"dict expected at most 1 argument, got {count}"),
        };
        return given.Concat(arguments.Named.Select(pair => KeyValuePair.Create<Value, Value>(new StringValue(pair.Key), pair.Value)));
    }
}
