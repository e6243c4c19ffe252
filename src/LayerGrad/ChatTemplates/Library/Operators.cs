using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Python's operators on values.</summary>
internal static class Operators
{
    /// <summary>The result of an arithmetic operator.</summary>
    /// <param name="symbol">As the template writes it: <c>+ - * / // % **</c>.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="budget">What the rendering may still take.</param>
    public static Value Arithmetic(string symbol, Value left, Value right, Budget budget)
    {
        left.RefuseUndefined();
        budget.Spend(left);
        if (symbol == "%" && left is StringValue format)
        {
            budget.SpendWhole(right);
            if (format.IsMarkup)
                throw new EvaluationException("% on a text that went through `safe` or `escape` is not supported");
            return new StringValue(PercentFormat.Apply(format.Text, right));
        }

        right.RefuseUndefined();
        budget.Spend(right);
        return (symbol, left, right) switch
        {
            (_, IntegralValue a, IntegralValue b) => Integers(symbol, a.AsLong, b.AsLong),
            (_, NumberValue a, NumberValue b) => new FloatValue(Floats(symbol, a.AsDouble, b.AsDouble)),
            ("+", StringValue a, StringValue b) when a.IsMarkup || b.IsMarkup => Concatenated(Markup.Escaped(a), Markup.Escaped(b)),
            ("+", StringValue a, StringValue b) => Concatenated(a, b),
            ("+", ListValue a, ListValue b) when a.IsTuple == b.IsTuple => new ListValue([.. a.Items, .. b.Items], a.IsTuple),
            ("*", StringValue a, IntegralValue b) => Repeated(a, b, budget),
            ("*", IntegralValue a, StringValue b) => Repeated(b, a, budget),
            ("*", ListValue a, IntegralValue b) => Repeated(a, b, budget),
            ("*", IntegralValue a, ListValue b) => Repeated(b, a, budget),
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
            IntegralValue { AsLong: long.MinValue } => throw Budget.Exceeded(64, "bits for an integer"),
            IntegralValue number => new IntegerValue(-number.AsLong),
            NumberValue number => new FloatValue(-number.AsDouble),
            _ => throw new EvaluationException($"bad operand type for unary -: '{value.TypeName}'"),
        };
    }

    /// <summary>Whether a comparison holds.</summary>
    /// <param name="symbol">One of <c>== != &lt; &lt;= &gt; &gt;= in</c> and <c>not in</c>.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="budget">What the rendering may still take.</param>
    public static bool Holds(string symbol, Value left, Value right, Budget budget)
    {
        if (symbol is "in" or "not in")
        {
            // Each element is compared no further than the shorter of the two goes.
            budget.Spend(right is StringValue ? right.Size : Math.Min(right.Size, right.Breadth + ((right.Breadth / Budget.ElementCost) * left.Size)));
            return right.Contains(left) == (symbol == "in");
        }

        budget.Spend(Math.Min(left.Size, right.Size));
        return symbol switch
        {
            "==" => left.Equals(right),
            "!=" => !left.Equals(right),
            "<" => Compare(left, right, symbol) < 0,
            "<=" => Compare(left, right, symbol) <= 0,
            ">" => Compare(left, right, symbol) > 0,
            _ => Compare(left, right, symbol) >= 0,
        };
    }

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

    private static StringValue Concatenated(StringValue left, StringValue right)
    {
        Budget.RefuseText((long)left.Text.Length + right.Text.Length);
        return new StringValue(left.Text + right.Text, left.IsMarkup);
    }

    private static StringValue Repeated(StringValue text, IntegralValue count, Budget budget)
    {
        var times = Math.Max(0, count.AsLong);
        var length = text.Text.Length;
        if (length == 0 || times == 0)
            return new StringValue("", text.IsMarkup);
        Budget.RefuseText(times > Budget.LongestText ? times : times * length);
        budget.Spend(times * length);
        return new StringValue(string.Concat(Enumerable.Repeat(text.Text, (int)times)), text.IsMarkup);
    }

    private static ListValue Repeated(ListValue list, IntegralValue count, Budget budget)
    {
        var times = Math.Max(0, count.AsLong);
        if (list.Length == 0 || times == 0)
            return new ListValue([], list.IsTuple);
        Budget.RefuseList(times > Budget.LongestList ? times : times * list.Length);
        budget.Spend(times * list.Breadth);
        return new ListValue([.. Enumerable.Repeat(list.Items, (int)times).SelectMany(items => items)], list.IsTuple);
    }

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
        catch (OverflowException)
        {
            throw Budget.Exceeded(64, "bits for an integer");
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
