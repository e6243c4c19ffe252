using System.Globalization;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Filters that make or change numbers.</summary>
internal static class NumberFilters
{
    /// <summary><c>int(default, base)</c>.</summary>
    public static Value Int(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("default", "base");
        var otherwise = bound[0] ?? new IntegerValue(0);
        return value switch
        {
            IntegralValue number => new IntegerValue(number.AsLong),
            NumberValue number => Truncated(number.AsDouble) ?? otherwise,
            StringValue text => Parse(text.Text.Trim(), bound.Integer(1, 10)) ?? otherwise,
            _ => otherwise,
        };
    }

    /// <summary><c>float(default)</c>.</summary>
    public static Value Float(Value value, Arguments arguments)
    {
        var otherwise = arguments.Bind("default")[0] ?? new FloatValue(0);
        return value switch
        {
            NumberValue number => new FloatValue(number.AsDouble),
            StringValue text when double.TryParse(text.Text, CultureInfo.InvariantCulture, out var number) => new FloatValue(number),
            _ => otherwise,
        };
    }

    /// <summary><c>abs</c>.</summary>
    public static Value Abs(Value value, Arguments arguments)
    {
        arguments.Bind();
        return value switch
        {
            IntegralValue { AsLong: long.MinValue } => throw Budget.Exceeded(64, "bits for an integer"),
            IntegralValue number => new IntegerValue(Math.Abs(number.AsLong)),
            NumberValue number => new FloatValue(Math.Abs(number.AsDouble)),
            _ => throw new EvaluationException($"bad operand type for abs(): '{value.TypeName}'"),
        };
    }

    /// <summary><c>round(precision, method)</c>; the common method rounds halves to even, as Python does.</summary>
    public static Value Round(Value value, Arguments arguments)
    {
        var bound = arguments.Bind("precision", "method");
        var precision = bound.Integer(0, 0);
        var method = bound.OptionalText(1) ?? "common";
        if (value is not NumberValue number)
            throw new EvaluationException($"type {value.TypeName} doesn't define __round__ method");
        if (precision is < 0 or > 15)
            throw new EvaluationException($"round: precision {precision} is not supported");
        var scale = Math.Pow(10, precision);
        return method switch
        {
            "common" when value is IntegralValue => value,
            "common" => new FloatValue(Math.Round(number.AsDouble, precision, MidpointRounding.ToEven)),
            "ceil" => new FloatValue(Math.Ceiling(number.AsDouble * scale) / scale),
            "floor" => new FloatValue(Math.Floor(number.AsDouble * scale) / scale),
            _ => throw new EvaluationException("method must be common, ceil or floor"),
        };
    }

    private static IntegerValue? Parse(string text, int radix)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (radix == 10 && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return new IntegerValue(number);
        if (radix is 2 or 8 or 16)
        {
            var bare = digits.Length > 2 && digits[0] == '0' && char.ToLowerInvariant(digits[1]) == (radix == 2 ? 'b' : radix == 8 ? 'o' : 'x') ? digits[2..] : digits;
            if (bare.Length is > 0 and < 16 && bare.All(c => char.IsAsciiHexDigit(c) && Convert.ToInt32(c.ToString(), 16) < radix))
                return new IntegerValue(Convert.ToInt64(bare, radix));
        }

        return double.TryParse(text, CultureInfo.InvariantCulture, out var fraction) ? Truncated(fraction) : null;
    }

    private static IntegerValue? Truncated(double number) =>
        Math.Abs(number) < 9.2e18 ? new IntegerValue((long)number) : null;
}
