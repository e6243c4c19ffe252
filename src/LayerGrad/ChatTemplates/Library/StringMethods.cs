using System.Globalization;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>The methods of Python's <c>str</c> that templates call.</summary>
internal static class StringMethods
{
    /// <summary>A method bound to a string, or null where there is none of that name.</summary>
    public static Value? Find(string text, string name)
    {
        Func<Arguments, Value>? body = Case(text, name) ?? Parts(text, name) ?? Search(text, name) ?? Questions(text, name) ?? Padding(text, name);
        return body is null ? null : new CallableValue(name, arguments =>
        {
            arguments.Budget.Spend(text.Length);
            return body(arguments);
        });
    }

    private static Func<Arguments, Value>? Case(string text, string name)
    {
        Func<string>? change = name switch
        {
            "upper" => text.ToUpperInvariant,
            "lower" or "casefold" => text.ToLowerInvariant,
            "title" => () => PythonText.Title(text),
            "capitalize" => () => PythonText.Capitalize(text),
            "swapcase" => () => string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))),
            _ => null,
        };
        return change is null ? null : arguments => { arguments.Bind(); return new StringValue(change()); };
    }

    private static Func<Arguments, Value>? Parts(string text, string name) => name switch
    {
        "strip" => arguments => new StringValue(PythonText.Strip(text, arguments.Bind("chars").OptionalText(0))),
        "lstrip" => arguments => new StringValue(PythonText.Strip(text, arguments.Bind("chars").OptionalText(0), right: false)),
        "rstrip" => arguments => new StringValue(PythonText.Strip(text, arguments.Bind("chars").OptionalText(0), left: false)),
        "removeprefix" => arguments => arguments.Bind("prefix").Text(0) is var prefix && text.StartsWith(prefix, StringComparison.Ordinal)
            ? new StringValue(text[prefix.Length..]) : new StringValue(text),
        "removesuffix" => arguments => arguments.Bind("suffix").Text(0) is var suffix && text.EndsWith(suffix, StringComparison.Ordinal)
            ? new StringValue(text[..^suffix.Length]) : new StringValue(text),
        "split" => arguments => List(arguments.Bind("sep", "maxsplit"), (separator, count) => PythonText.Split(text, separator, count)),
        "rsplit" => arguments => List(arguments.Bind("sep", "maxsplit"), (separator, count) => PythonText.SplitFromEnd(text, separator, count)),
        "splitlines" => arguments => Strings(PythonText.SplitLines(text, arguments.Bind("keepends").Flag(0))),
        "partition" => arguments => Partition(text, arguments.Bind("sep").Text(0), fromEnd: false),
        "rpartition" => arguments => Partition(text, arguments.Bind("sep").Text(0), fromEnd: true),
        "join" => arguments => new StringValue(PythonText.Join(text, Joinable(arguments).Select(Joined))),
        "replace" => arguments =>
        {
            var bound = arguments.Bind("old", "new", "count");
            return new StringValue(PythonText.Replace(text, bound.Text(0), bound.Text(1), bound.Integer(2, -1)));
        }
        ,
        _ => null,
    };

    private static Func<Arguments, Value>? Search(string text, string name) => name switch
    {
        "startswith" => arguments => BooleanValue.Of(Any(arguments.Bind("prefix").Required(0), part => text.StartsWith(part, StringComparison.Ordinal))),
        "endswith" => arguments => BooleanValue.Of(Any(arguments.Bind("suffix").Required(0), part => text.EndsWith(part, StringComparison.Ordinal))),
        "find" => arguments => Position(text, text.IndexOf(arguments.Bind("sub").Text(0), StringComparison.Ordinal)),
        "rfind" => arguments => Position(text, text.LastIndexOf(arguments.Bind("sub").Text(0), StringComparison.Ordinal)),
        "index" => arguments => text.IndexOf(arguments.Bind("sub").Text(0), StringComparison.Ordinal) is >= 0 and var at
            ? Position(text, at) : throw new EvaluationException("substring not found"),
        "count" => arguments => arguments.Bind("sub").Text(0) is var part && part.Length == 0
            ? new IntegerValue(PythonText.Length(text) + 1) : new IntegerValue(PythonText.Split(text, part, -1).Count() - 1),
        _ => null,
    };

    private static Func<Arguments, Value>? Questions(string text, string name)
    {
        bool? answer = name switch
        {
            "isdigit" or "isdecimal" or "isnumeric" => text.Length > 0 && text.All(char.IsDigit),
            "isalpha" => text.Length > 0 && text.All(char.IsLetter),
            "isalnum" => text.Length > 0 && text.All(char.IsLetterOrDigit),
            "isspace" => text.Length > 0 && text.All(PythonText.IsSpace),
            "isupper" => text.Any(char.IsUpper) && !text.Any(char.IsLower),
            "islower" => text.Any(char.IsLower) && !text.Any(char.IsUpper),
            _ => null,
        };
        return answer is null ? null : arguments => { arguments.Bind(); return BooleanValue.Of(answer.Value); };
    }

    private static Func<Arguments, Value>? Padding(string text, string name) => name switch
    {
        "ljust" => arguments => Pad(arguments, (width, fill) => text + Fill(text, width, fill)),
        "rjust" => arguments => Pad(arguments, (width, fill) => Fill(text, width, fill) + text),
        "center" => arguments => Pad(arguments, (width, fill) => PythonText.Center(text, width, fill)),
        "zfill" => arguments =>
        {
            var sign = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
            return new StringValue(text[..sign] + Fill(text, arguments.Bind("width").Integer(0, 0), '0') + text[sign..]);
        }
        ,
        _ => null,
    };

    private static StringValue Pad(Arguments arguments, Func<int, char, string> pad)
    {
        var bound = arguments.Bind("width", "fillchar");
        var fill = bound.OptionalText(1) ?? " ";
        return fill.Length == 1
            ? new StringValue(pad(bound.Integer(0, 0), fill[0]))
            : throw new EvaluationException("The fill character must be exactly one character long");
    }

    private static string Fill(string text, int width, char fill)
    {
        Budget.RefuseText(width);
        return new string(fill, Math.Max(0, width - PythonText.Length(text)));
    }

    private static IEnumerable<Value> Joinable(Arguments arguments)
    {
        var items = arguments.Bind("iterable").Required(0);
        arguments.Budget.SpendWhole(items);
        return items.Elements();
    }

    private static ListValue List(BoundArguments bound, Func<string?, int, IEnumerable<string>> split) =>
        Strings(split(bound.OptionalText(0), bound.Integer(1, -1)));

    private static ListValue Strings(IEnumerable<string> texts)
    {
        var items = new List<Value>();
        foreach (var text in texts)
        {
            Budget.RefuseList(items.Count);
            items.Add(new StringValue(text));
        }

        return new ListValue(items);
    }

    private static string Joined(Value item, int index) => item is StringValue text
        ? text.Text
        : throw new EvaluationException(string.Create(CultureInfo.InvariantCulture, $"sequence item {index}: expected str instance, {item.TypeName} found"));

    private static bool Any(Value parts, Func<string, bool> test) => parts switch
    {
        StringValue part => test(part.Text),
        ListValue { IsTuple: true } tuple => tuple.Items.Any(part => Any(part, test)),
        _ => throw new EvaluationException($"first arg must be str or a tuple of str, not {parts.TypeName}"),
    };

    private static IntegerValue Position(string text, int at) => new(at < 0 ? -1 : PythonText.Length(text[..at]));

    private static ListValue Partition(string text, string separator, bool fromEnd)
    {
        if (separator.Length == 0)
            throw new EvaluationException("empty separator");
        var at = fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        string[] parts = at >= 0
            ? [text[..at], separator, text[(at + separator.Length)..]]
            : fromEnd ? ["", "", text] : [text, "", ""];
        return new ListValue([.. parts.Select(part => new StringValue(part))], isTuple: true);
    }
}
