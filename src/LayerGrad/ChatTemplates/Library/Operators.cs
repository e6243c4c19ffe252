using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Python's operators on values.</summary>
internal static class Operators
{
    /// <summary>The result of an arithmetic operator.</summary>
    /// <param name="symbol">As the template writes it: <c>+ - * / // % **</c>.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    public static Value Arithmetic(string symbol, Value left, Value right)
    {
        left.RefuseUndefined();
        if (symbol == "%" && left is StringValue format)
            return new StringValue(PercentFormat.Apply(format.Text, right));
        right.RefuseUndefined();
        return (symbol, left, right) switch
        {
            (_, IntegralValue a, IntegralValue b) => Integers(symbol, a.AsLong, b.AsLong),
            (_, NumberValue a, NumberValue b) => new FloatValue(Floats(symbol, a.AsDouble, b.AsDouble)),
            ("+", StringValue a, StringValue b) => new StringValue(a.Text + b.Text),
            ("+", ListValue a, ListValue b) when a.IsTuple == b.IsTuple => new ListValue([.. a.Items, .. b.Items], a.IsTuple),
            ("*", StringValue a, IntegralValue b) => new StringValue(string.Concat(Enumerable.Repeat(a.Text, Times(b)))),
            ("*", IntegralValue a, StringValue b) => new StringValue(string.Concat(Enumerable.Repeat(b.Text, Times(a)))),
            ("*", ListValue a, IntegralValue b) => new ListValue([.. Enumerable.Repeat(a.Items, Times(b)).SelectMany(items => items)], a.IsTuple),
            ("+", StringValue, _) => throw new EvaluationException($"can only concatenate str (not \"{right.TypeName}\") to str"),
            ("+", ListValue, _) => throw new EvaluationException($"can only concatenate {left.TypeName} (not \"{right.TypeName}\") to {left.TypeName}"),
            _ => throw new EvaluationException($"unsupported operand type(s) for {symbol}: '{left.TypeName}' and '{right.TypeName}'"),
        };
    }

    /// <summary>Minus a number.</summary>
    public static Value Negate(Value value)
    {
        value.RefuseUndefined();
        return value switch
        {
            IntegralValue number => new IntegerValue(-number.AsLong),
            NumberValue number => new FloatValue(-number.AsDouble),
            _ => throw new EvaluationException($"bad operand type for unary -: '{value.TypeName}'"),
        };
    }

    /// <summary>Whether a comparison holds.</summary>
    /// <param name="symbol">One of <c>== != &lt; &lt;= &gt; &gt;= in</c> and <c>not in</c>.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    public static bool Holds(string symbol, Value left, Value right) => symbol switch
    {
        "==" => left.Equals(right),
        "!=" => !left.Equals(right),
        "in" => right.Contains(left),
        "not in" => !right.Contains(left),
        "<" => Compare(left, right, symbol) < 0,
        "<=" => Compare(left, right, symbol) <= 0,
        ">" => Compare(left, right, symbol) > 0,
        _ => Compare(left, right, symbol) >= 0,
    };

    /// <summary>The order of two values, for sorting.</summary>
    public static int Compare(Value left, Value right) => Compare(left, right, "<");

    private static int Compare(Value left, Value right, string symbol)
    {
        left.RefuseUndefined();
        right.RefuseUndefined();
        switch (left, right)
        {
            case (IntegralValue a, IntegralValue b):
                return a.AsLong.CompareTo(b.AsLong);
            case (NumberValue a, NumberValue b):
                return a.AsDouble.CompareTo(b.AsDouble);
            case (StringValue a, StringValue b):
                return string.CompareOrdinal(a.Text, b.Text);
            case (ListValue a, ListValue b) when a.IsTuple == b.IsTuple:
                foreach (var (first, second) in a.Items.Zip(b.Items))
                {
                    if (!first.Equals(second))
                        return Compare(first, second, symbol);
                }

                return a.Items.Count.CompareTo(b.Items.Count);
            default:
                throw new EvaluationException($"'{symbol}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
        }
    }

    private static int Times(IntegralValue count) => count.AsLong switch
    {
        <= 0 => 0,
        <= 1_000_000 => (int)count.AsLong,
        _ => throw new EvaluationException("repeating more than 1000000 times is refused"),
    };

    private static Value Integers(string symbol, long left, long right)
    {
        if (symbol is "/" or "//" or "%" && right == 0)
            throw new EvaluationException(symbol == "/" ? "division by zero" : "integer division or modulo by zero");
        if (symbol == "/" || (symbol == "**" && right < 0))
            return new FloatValue(Floats(symbol, left, right));
        try
        {
            return new IntegerValue(checked(symbol switch
            {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "//" => FloorDivide(left, right),
                "%" => left - (FloorDivide(left, right) * right),
                _ => Power(left, right),
            }));
        }
        catch (OverflowException error)
        {
            throw new EvaluationException($"{left} {symbol} {right} does not fit into 64 bits ({error.Message})");
        }
    }

    private static long FloorDivide(long left, long right)
    {
        var quotient = checked(left / right);
        return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
    }

    private static long Power(long radix, long exponent)
    {
        // Only -1, 0 and 1 have powers this high within 64 bits; their value depends on the parity alone.
        var result = 1L;
        for (var i = 0L; i < (exponent > 64 ? 64 + (exponent & 1) : exponent); i++)
            result = checked(result * radix);
        return result;
    }

    private static double Floats(string symbol, double left, double right)
    {
        if (symbol is "/" or "//" or "%" && right == 0)
            throw new EvaluationException(symbol == "/" ? "float division by zero" : "float floor division by zero");
        return symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            "%" => left - (Math.Floor(left / right) * right),
            _ => Math.Pow(left, right),
        };
    }
}
