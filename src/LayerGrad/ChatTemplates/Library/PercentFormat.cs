using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Python's <c>format % values</c>, with the conversions s, r, d, i, f, x and X.</summary>
internal static partial class PercentFormat
{
    private const int MostDigits = 1000;

    [GeneratedRegex(@"%(?:\((?<key>[^)]*)\))?(?<flags>[-0+ ]*)(?<width>\d*)(?:\.(?<precision>\d+))?(?<conversion>.?)", RegexOptions.Singleline)]
    private static partial Regex Specifier();

    /// <summary>Fills in the values.</summary>
    /// <param name="format">The text with conversions.</param>
    /// <param name="values">A tuple of values, a dictionary for named conversions, or one value.</param>
    public static string Apply(string format, Value values)
    {
        var items = values is ListValue { IsTuple: true } tuple ? tuple.Items : [values];
        var next = 0;
        var result = new StringBuilder();
        var start = 0;
        foreach (Match match in Specifier().Matches(format))
        {
            result.Append(format, start, match.Index - start);
            start = match.Index + match.Length;
            if (match.Groups["conversion"].Value == "%")
            {
                result.Append('%');
                continue;
            }

            var value = match.Groups["key"].Success
                ? values.Subscript(new StringValue(match.Groups["key"].Value))
                : next < items.Count ? items[next++] : throw new EvaluationException("not enough arguments for format string");
            result.Append(Convert(match, value));
            Budget.RefuseText(result.Length);
        }

        if (next < items.Count && values is ListValue { IsTuple: true } or NumberValue or StringValue)
            throw new EvaluationException("not all arguments converted during string formatting");
        return result.Append(format, start, format.Length - start).ToString();
    }

    private static string Convert(Match match, Value value)
    {
        var conversion = match.Groups["conversion"].Value;
        var precision = match.Groups["precision"].Success ? Number(match.Groups["precision"].Value) : -1;
        var text = conversion switch
        {
            "s" => Cut(value.Text, precision),
            "r" => Cut(value.Representation, precision),
            "d" or "i" => Whole(value, conversion).ToString(CultureInfo.InvariantCulture),
            "x" or "X" => Whole(value, conversion).ToString(conversion, CultureInfo.InvariantCulture),
            "f" or "F" when precision > MostDigits => throw Budget.Exceeded(MostDigits, "digits behind a point"),
            "f" or "F" when value is NumberValue number => number.AsDouble.ToString($"F{(precision < 0 ? 6 : precision)}", CultureInfo.InvariantCulture),
            _ => throw new EvaluationException($"unsupported format character '{conversion}' for '{value.TypeName}'"),
        };
        var flags = match.Groups["flags"].Value;
        if (flags.Contains('+', StringComparison.Ordinal) && conversion is not ("s" or "r") && text[0] != '-')
            text = "+" + text;
        var width = match.Groups["width"].Length > 0 ? Number(match.Groups["width"].Value) : 0;
        var missing = Math.Max(0, width - PythonText.Length(text));
        if (flags.Contains('-', StringComparison.Ordinal))
            return text + new string(' ', missing);
        if (!flags.Contains('0', StringComparison.Ordinal) || conversion is "s" or "r")
            return new string(' ', missing) + text;
        var sign = text[0] is '-' or '+' ? 1 : 0;
        return text[..sign] + new string('0', missing) + text[sign..];
    }

    /// <summary>A width or precision.</summary>
    private static int Number(string digits)
    {
        var number = int.TryParse(digits, CultureInfo.InvariantCulture, out var small) ? small : int.MaxValue;
        Budget.RefuseText(number);
        return number;
    }

    private static string Cut(string text, int precision) =>
        precision < 0 ? text : string.Concat(PythonText.CodePoints(text).Take(precision));

    private static long Whole(Value value, string conversion) => value switch
    {
        IntegralValue number => number.AsLong,
        NumberValue number when Math.Abs(number.AsDouble) < 9.2e18 => (long)number.AsDouble,
        NumberValue number when double.IsFinite(number.AsDouble) => throw Budget.Exceeded(64, "bits for an integer"),
        _ => throw new EvaluationException($"%{conversion} format: a real number is required, not {value.TypeName}"),
    };
}
