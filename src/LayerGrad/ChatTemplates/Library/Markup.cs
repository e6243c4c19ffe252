using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>MarkupSafe's <c>Markup</c>: a text that stays safe for HTML because what is put into it is escaped.</summary>
internal static class Markup
{
    private static readonly HashSet<string> s_wrapped = new(StringComparer.Ordinal)
    {
        "capitalize", "title", "lower", "upper", "casefold", "swapcase", "replace", "ljust", "rjust", "center", "zfill", "strip", "lstrip", "rstrip",
        "removeprefix", "removesuffix", "split", "rsplit", "splitlines", "partition", "rpartition", "join",
    };

    /// <summary>A text as markup: escaped, unless it is markup already.</summary>
    public static StringValue Escaped(Value value) => value is StringValue { IsMarkup: true } safe ? safe : new StringValue(TextFilters.Escape(value.Text), isMarkup: true);

    /// <summary>The filter <c>escape</c>.</summary>
    public static Value Escape(Value value, Arguments arguments)
    {
        arguments.Bind();
        return Escaped(value);
    }

    /// <summary>The filter <c>safe</c>.</summary>
    public static Value Safe(Value value, Arguments arguments)
    {
        arguments.Bind();
        return new StringValue(value.Text, isMarkup: true);
    }

    /// <summary>A filter that changes a text and leaves markup markup.</summary>
    public static Func<Value, Arguments, Value> Keeping(Func<Value, Arguments, string> change) =>
        (value, arguments) => new StringValue(change(value, arguments), value is StringValue { IsMarkup: true });

    /// <summary>A method of a markup text: its arguments are escaped and what it gives is markup.</summary>
    public static Value? Method(string text, string name) => StringMethods.Find(text, name) is not { } method ? null
        : !s_wrapped.Contains(name) ? method
        : new CallableValue(name, arguments => Marked(method.Call(name == "split" ? arguments : arguments.Select(EscapedParts))));

    private static Value EscapedParts(Value value) => value switch
    {
        StringValue => Escaped(value),
        ListValue list => new ListValue([.. list.Items.Select(Escaped)], list.IsTuple),
        _ => value,
    };

    private static Value Marked(Value value) => value switch
    {
        StringValue text => new StringValue(text.Text, isMarkup: true),
        ListValue list => new ListValue([.. list.Items.Select(Marked)], list.IsTuple),
        _ => value,
    };
}
