using System.Text;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>
/// The filter <c>tojson</c> as transformers defines it: Python's <c>json.dumps</c> without the escaping of HTML, and
/// with characters outside ASCII as they are unless <c>ensure_ascii</c> is asked for.
/// </summary>
internal sealed class Json
{
    private readonly StringBuilder _text = new();
    private readonly bool _ensureAscii;
    private readonly bool _sortKeys;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;

    private Json(BoundArguments arguments)
    {
        _ensureAscii = arguments.Flag(0);
        _indent = arguments[1] is StringValue text ? text.Text : arguments[1] is null or NoneValue ? null : TextFilters.Blanks(arguments.Integer(1, 0));
        _itemSeparator = _indent is null ? ", " : ",";
        _keySeparator = ": ";
        if (arguments[2] is ListValue { Length: 2 } separators)
            (_itemSeparator, _keySeparator) = (separators.Items[0].Text, separators.Items[1].Text);
        _sortKeys = arguments.Flag(3);
    }

    /// <summary>Writes a value.</summary>
    public static StringValue Filter(Value value, Arguments arguments)
    {
        var json = new Json(arguments.Bind("ensure_ascii", "indent", "separators", "sort_keys"));
        json.Write(value, 0);
        return new StringValue(json._text.ToString());
    }

    private void Write(Value value, int depth)
    {
        switch (value)
        {
            case NoneValue:
                _text.Append("null");
                break;
            case BooleanValue:
                _text.Append(value.IsTrue ? "true" : "false");
                break;
            case NumberValue number:
                _text.Append(Number(number));
                break;
            case StringValue text:
                Quote(text.Text);
                break;
            case ListValue list:
                Enclose('[', ']', list.Items, depth, item => Write(item, depth + 1));
                break;
            case DictionaryValue dictionary:
                Enclose('{', '}', Ordered(dictionary), depth, entry =>
                {
                    Quote(Key(entry.Key));
                    _text.Append(_keySeparator);
                    Write(entry.Value, depth + 1);
                });
                break;
            default:
                throw new EvaluationException($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    private IEnumerable<KeyValuePair<Value, Value>> Ordered(DictionaryValue dictionary) => _sortKeys
        ? Sorting.By(dictionary.Entries, entry => entry.Key)
        : dictionary.Entries;

    private void Enclose<T>(char open, char close, IEnumerable<T> items, int depth, Action<T> write)
    {
        _text.Append(open);
        var any = false;
        foreach (var item in items)
        {
            if (any)
                _text.Append(_itemSeparator);
            Budget.RefuseText(_text.Length);
            any = true;
            Break(depth + 1);
            write(item);
        }

        if (any)
            Break(depth);
        _text.Append(close);
    }

    private void Break(int depth)
    {
        if (_indent is null)
            return;
        _text.Append('\n');
        for (var i = 0; i < depth; i++)
            _text.Append(_indent);
        Budget.RefuseText(_text.Length);
    }

    private static string Number(NumberValue number) => number.Text switch
    {
        "nan" => "NaN",
        "inf" => "Infinity",
        "-inf" => "-Infinity",
        var text => text,
    };

    private static string Key(Value key) => key switch
    {
        NoneValue => "null",
        BooleanValue => key.IsTrue ? "true" : "false",
        NumberValue number => Number(number),
        StringValue text => text.Text,
        _ => throw new EvaluationException($"keys must be str, int, float, bool or None, not {key.TypeName}"),
    };

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                _ when c < ' ' || (_ensureAscii && c > '~') => _text.Append($"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
