using System.Text;
using System.Text.RegularExpressions;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Filters that make a text of a text.</summary>
internal static partial class TextFilters
{
    [GeneratedRegex(@"([-\s({\[<]+)")]
    private static partial Regex WordBeginning();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    /// <summary>Every word with its first letter in upper case and the others in lower case.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var item in WordBeginning().Split(text))
            result.Append(PythonText.Capitalize(item));
        return result.ToString();
    }

    /// <summary>The characters that HTML gives a meaning, as entities.</summary>
    public static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal);

    /// <summary><c>replace(old, new, count)</c>.</summary>
    public static Value Replace(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("old", "new", "count");
        return new StringValue(PythonText.Replace(value.Text, bound.Required(0).Text, bound.Required(1).Text, bound.Integer(2, -1)));
    }

    /// <summary><c>indent(width, first, blank)</c>: lines after the first are indented, empty ones only where asked for.</summary>
    public static Value Indent(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("width", "first", "blank");
        var indention = bound[0] is StringValue text ? text.Text : Blanks(bound.Integer(0, 4));
        var blank = bound.Flag(2);
        var lines = PythonText.SplitLines(value.Text + "\n");
        var result = new StringBuilder(bound.Flag(1) ? indention : "").Append(lines[0]);
        foreach (var line in lines.Skip(1))
        {
            result.Append('\n').Append(blank || line.Length > 0 ? indention : "").Append(line);
            Budget.RefuseText(result.Length);
        }

        return new StringValue(result.ToString());
    }

    /// <summary><c>format(...)</c>: Python's <c>%</c> with the arguments as its values.</summary>
    public static Value Format(Value value, Arguments arguments)
    {
        if (arguments.Positional.Count > 0 && arguments.Named.Count > 0)
            throw new EvaluationException("can't handle positional and keyword arguments at the same time");
        Value values = arguments.Named.Count > 0
            ? new DictionaryValue(arguments.Named.Select(pair => KeyValuePair.Create<Value, Value>(new StringValue(pair.Key), pair.Value)))
            : new ListValue(arguments.Positional, isTuple: true);
        return new StringValue(PercentFormat.Apply(value.Text, values));
    }

    /// <summary><c>truncate(length, killwords, end, leeway)</c>.</summary>
    public static Value Truncate(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("length", "killwords", "end", "leeway");
        var length = bound.Integer(0, 255);
        var end = bound.OptionalText(2) ?? "...";
        var points = PythonText.CodePoints(value.Text).ToList();
        if (points.Count <= (long)length + bound.Integer(3, 5))
            return new StringValue(value.Text);
        var kept = length - PythonText.Length(end);
        if (kept < 0)
            throw new EvaluationException($"expected length >= {PythonText.Length(end)}, got {length}");
        var text = string.Concat(points.Take(kept));
        var blank = bound.Flag(1) ? -1 : text.LastIndexOf(' ');
        return new StringValue((blank < 0 ? text : text[..blank]) + end);
    }

    /// <summary>Blanks for an indention; none where the width is negative, as Python has it.</summary>
    public static string Blanks(int width)
    {
        Budget.RefuseText(width);
        return new string(' ', Math.Max(0, width));
    }

    /// <summary>The number of words.</summary>
    public static Value WordCount(Value value, Arguments arguments)
    {
        arguments.Bind();
        return new IntegerValue(Word().Count(value.Text));
    }
}
