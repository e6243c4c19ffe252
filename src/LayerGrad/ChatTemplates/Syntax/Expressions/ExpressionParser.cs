using System.Globalization;
using System.Text;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>Parses expressions with Jinja's grammar: one method a level of precedence, loosest first.</summary>
/// <param name="tokens">What is parsed.</param>
/// <param name="names">Takes the name of every variable that is read.</param>
internal sealed class ExpressionParser(TokenStream tokens, HashSet<string> names)
{
    /// <summary>An expression.</summary>
    /// <param name="withCondition">Whether <c>a if b else c</c> may be; not where <c>if</c> begins a loop's filter.</param>
    public Expression Parse(bool withCondition = true)
    {
        tokens.Enter();
        var expression = withCondition ? Conditional() : Or();
        tokens.Leave();
        return expression;
    }

    /// <summary>An expression, or several with commas between them, which make a tuple.</summary>
    public Expression ParseTuple(bool withCondition = true, bool mayBeEmpty = false)
    {
        var position = tokens.Current.Position;
        var items = new List<Expression>();
        var isTuple = false;
        while (!AtTupleEnd())
        {
            items.Add(Parse(withCondition));
            if (!tokens.SkipOperator(","))
                break;
            isTuple = true;
        }

        if (isTuple || (items.Count == 0 && mayBeEmpty))
            return new ListExpression(position, items, isTuple: true);
        return items.Count == 1 ? items[0] : throw tokens.Unexpected("an expression");
    }

    /// <summary>Filters after a value: the part of <c>set x | a | b</c> and <c>filter a | b</c> behind the first name.</summary>
    public FilterChain ParseFilters(bool leadingBar)
    {
        var filters = new List<(Position Position, string Name, ArgumentList Arguments)>();
        for (var more = !leadingBar || tokens.SkipOperator("|"); more; more = tokens.SkipOperator("|"))
            filters.Add(FilterCall());
        return new FilterChain(filters);
    }

    private bool AtTupleEnd() => tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || tokens.Current.IsOperator(")") || tokens.Current.IsName("recursive");

    private Expression Conditional()
    {
        var expression = Or();
        while (tokens.Current.IsName("if"))
        {
            var position = tokens.Next().Position;
            var condition = Or();
            expression = new ConditionalExpression(position, condition, expression, tokens.SkipName("else") ? Parse() : null);
        }

        return expression;
    }

    private Expression Or()
    {
        var left = And();
        while (tokens.Current.IsName("or"))
            left = new LogicalExpression(tokens.Next().Position, isAnd: false, left, And());
        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (tokens.Current.IsName("and"))
            left = new LogicalExpression(tokens.Next().Position, isAnd: true, left, Not());
        return left;
    }

    private Expression Not()
    {
        if (!tokens.Current.IsName("not"))
            return Comparison();
        tokens.Enter();
        var negation = new NotExpression(tokens.Next().Position, Not());
        tokens.Leave();
        return negation;
    }

    private Expression Comparison()
    {
        var position = tokens.Current.Position;
        var first = Sum();
        var links = new List<KeyValuePair<string, Expression>>();
        while (ComparisonSymbol() is { } symbol)
        {
            tokens.Next();
            if (symbol == "not in")
                tokens.Next();
            links.Add(KeyValuePair.Create(symbol, Sum()));
        }

        return links.Count == 0 ? first : new ComparisonExpression(position, first, links);
    }

    private string? ComparisonSymbol()
    {
        var token = tokens.Current;
        if (token.Kind == TokenKind.Operator && token.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
            return token.Text;
        if (token.IsName("in"))
            return "in";
        return token.IsName("not") && tokens.Following.IsName("in") ? "not in" : null;
    }

    private Expression Sum() => LeftAssociative(Concatenation, "+", "-");

    private Expression Concatenation()
    {
        var position = tokens.Current.Position;
        List<Expression> operands = [Product()];
        while (tokens.SkipOperator("~"))
            operands.Add(Product());
        return operands.Count == 1 ? operands[0] : new ConcatenationExpression(position, operands);
    }

    private Expression Product() => LeftAssociative(Power, "*", "/", "//", "%");

    private Expression Power() => LeftAssociative(() => Unary(withFilter: true), "**");

    private Expression LeftAssociative(Func<Expression> operand, params string[] symbols)
    {
        var left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && symbols.Contains(tokens.Current.Text))
        {
            var symbol = tokens.Next();
            left = new ArithmeticExpression(symbol.Position, symbol.Text, left, operand());
        }

        return left;
    }

    private Expression Unary(bool withFilter)
    {
        tokens.Enter();
        Expression expression;
        if (tokens.Current.IsOperator("-") || tokens.Current.IsOperator("+"))
        {
            var sign = tokens.Next();
            expression = new SignExpression(sign.Position, Unary(withFilter: false), sign.Text == "-");
        }
        else
        {
            expression = Primary();
        }

        expression = Postfix(expression);
        tokens.Leave();
        return withFilter ? FiltersAndTests(expression) : expression;
    }

    private Expression Primary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Next();
                return Constant(token.Text) is { } constant
                    ? new LiteralExpression(token.Position, constant)
                    : Variable(token);
            case TokenKind.String:
                return new LiteralExpression(token.Position, new StringValue(Strings()));
            case TokenKind.Integer or TokenKind.Float:
                tokens.Next();
                return new LiteralExpression(token.Position, Number(token));
            case TokenKind.Operator when token.Text == "(":
                tokens.Next();
                var inner = ParseTuple(mayBeEmpty: true);
                tokens.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                tokens.Next();
                return new ListExpression(token.Position, CommaSeparated("]", () => Parse()), isTuple: false);
            case TokenKind.Operator when token.Text == "{":
                tokens.Next();
                return new DictionaryExpression(token.Position, CommaSeparated("}", Entry));
            default:
                throw tokens.Unexpected("an expression");
        }
    }

    private NameExpression Variable(Token token)
    {
        names.Add(token.Text);
        return new NameExpression(token.Position, token.Text);
    }

    private static Value? Constant(string name) => name switch
    {
        "true" or "True" => BooleanValue.True,
        "false" or "False" => BooleanValue.False,
        "none" or "None" => NoneValue.Instance,
        _ => null,
    };

    /// <summary>String literals one after another are one string.</summary>
    private string Strings()
    {
        var text = new StringBuilder();
        while (tokens.Current.Kind == TokenKind.String)
            text.Append(tokens.Next().Text);
        return text.ToString();
    }

    private Value Number(Token token)
    {
        var digits = token.Text.Replace("_", "", StringComparison.Ordinal);
        try
        {
            return token.Kind == TokenKind.Float
                ? new FloatValue(double.Parse(digits, CultureInfo.InvariantCulture))
                : new IntegerValue(digits.Length > 1 && char.ToLowerInvariant(digits[1]) is 'b' or 'o' or 'x'
                    ? Convert.ToInt64(digits[2..], char.ToLowerInvariant(digits[1]) switch { 'b' => 2, 'o' => 8, _ => 16 })
                    : long.Parse(digits, CultureInfo.InvariantCulture));
        }
        catch (OverflowException)
        {
            throw new ChatTemplateException(Budget.Message(64, "bits for an integer"), tokens.Name, token.Position.Line, token.Position.Column, isLimit: true);
        }
    }

    private KeyValuePair<Expression, Expression> Entry()
    {
        var key = Parse();
        tokens.ExpectOperator(":");
        return KeyValuePair.Create(key, Parse());
    }

    private List<T> CommaSeparated<T>(string close, Func<T> item)
    {
        var items = new List<T>();
        while (!tokens.Current.IsOperator(close))
        {
            if (items.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.Current.IsOperator(close))
                break;
            items.Add(item());
        }

        tokens.ExpectOperator(close);
        return items;
    }

    private Expression Postfix(Expression expression)
    {
        while (tokens.Current.Kind == TokenKind.Operator)
        {
            if (tokens.Current.Text == ".")
                expression = Attribute(expression);
            else if (tokens.Current.Text == "[")
                expression = Subscript(expression);
            else if (tokens.Current.Text == "(")
                expression = new CallExpression(tokens.Current.Position, expression, Arguments());
            else
                break;
        }

        return expression;
    }

    private Expression Attribute(Expression owner)
    {
        tokens.Next();
        var name = tokens.Next();
        return name.Kind switch
        {
            TokenKind.Name => new AttributeExpression(name.Position, owner, name.Text),
            TokenKind.Integer => new SubscriptExpression(name.Position, owner, new LiteralExpression(name.Position, Number(name))),
            _ => throw tokens.Error($"expected name or number, got {name.Description}", name.Position),
        };
    }

    private Expression Subscript(Expression owner)
    {
        var position = tokens.Next().Position;
        Expression? start = tokens.Current.IsOperator(":") ? null : ParseTuple();
        if (start is not null && tokens.SkipOperator("]"))
            return new SubscriptExpression(position, owner, start);
        tokens.ExpectOperator(":");
        var stop = SliceBound();
        var step = tokens.SkipOperator(":") ? SliceBound() : null;
        tokens.ExpectOperator("]");
        return new SliceExpression(position, owner, start, stop, step);
    }

    private Expression? SliceBound() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Parse();

    private Expression FiltersAndTests(Expression expression)
    {
        while (true)
        {
            if (tokens.SkipOperator("|"))
            {
                var (position, name, arguments) = FilterCall();
                expression = new FilterExpression(position, expression, name, arguments);
            }
            else if (tokens.Current.IsName("is"))
            {
                expression = Test(expression);
            }
            else if (tokens.Current.IsOperator("("))
            {
                expression = new CallExpression(tokens.Current.Position, expression, Arguments());
            }
            else
            {
                return expression;
            }
        }
    }

    private (Position Position, string Name, ArgumentList Arguments) FilterCall()
    {
        var position = tokens.Current.Position;
        var name = DottedName();
        return (position, name, tokens.Current.IsOperator("(") ? Arguments() : ArgumentList.Empty);
    }

    private string DottedName()
    {
        var name = tokens.Expect(TokenKind.Name, "a name").Text;
        while (tokens.SkipOperator("."))
            name += "." + tokens.Expect(TokenKind.Name, "a name").Text;
        return name;
    }

    private Expression Test(Expression value)
    {
        var position = tokens.Next().Position;
        var isNegated = tokens.SkipName("not");
        var name = DottedName();
        var arguments = ArgumentList.Empty;
        if (tokens.Current.IsOperator("("))
        {
            arguments = Arguments();
        }
        else if (BeginsTestArgument(tokens.Current))
        {
            if (tokens.Current.IsName("is"))
                throw tokens.Error("You cannot chain multiple tests with is", tokens.Current.Position);
            arguments = new ArgumentList([Postfix(Primary())], [], null, null);
        }

        var test = new TestExpression(position, value, name, arguments);
        return isNegated ? new NotExpression(position, test) : test;
    }

    private static bool BeginsTestArgument(Token token) => token.Kind switch
    {
        TokenKind.Name => token.Text is not ("else" or "or" or "and"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        _ => token.IsOperator("[") || token.IsOperator("{"),
    };

    /// <summary>The arguments of a call, with their brackets.</summary>
    private ArgumentList Arguments()
    {
        var position = tokens.ExpectOperator("(").Position;
        var positional = new List<Expression>();
        var named = new List<KeyValuePair<string, Expression>>();
        Expression? spread = null;
        Expression? namedSpread = null;
        CommaSeparated(")", () =>
        {
            if (namedSpread is not null)
                throw tokens.Error("invalid syntax for function call expression", position);
            if (tokens.SkipOperator("**"))
                namedSpread = Parse();
            else if (spread is null && tokens.SkipOperator("*"))
                spread = Parse();
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following.IsOperator("="))
                named.Add(KeyValuePair.Create(Named(), Parse()));
            else if (spread is null && named.Count == 0)
                positional.Add(Parse());
            else
                throw tokens.Error("invalid syntax for function call expression", position);
            return true;
        });
        return new ArgumentList(positional, named, spread, namedSpread);
    }

    private string Named()
    {
        var name = tokens.Next().Text;
        tokens.Next();
        return name;
    }
}
