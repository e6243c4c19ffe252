using LayerGrad.ChatTemplates.Syntax.Expressions;

namespace LayerGrad.ChatTemplates.Syntax.Statements;

/// <summary>Parses the statements of a template.</summary>
internal sealed class TemplateParser
{
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly List<GenerationBlock> _generations;
    private int _loops;
    private string? _inside;

    private TemplateParser(TokenStream tokens, HashSet<string> names, List<GenerationBlock> generations)
    {
        _tokens = tokens;
        _generations = generations;
        _expressions = new ExpressionParser(tokens, names);
    }

    /// <summary>The statements of a whole template.</summary>
    /// <param name="source">The template's text.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="names">Takes the name of every variable that the template reads.</param>
    /// <param name="generations">Takes every <c>generation</c> block.</param>
    /// <exception cref="ChatTemplateException">It does not follow Jinja's grammar, or uses a part of it that is not supported.</exception>
    public static IReadOnlyList<Statement> Parse(string source, string name, HashSet<string> names, List<GenerationBlock> generations)
    {
        var parser = new TemplateParser(new TokenStream(Lexer.Tokenize(source, name), name), names, generations);
        return parser.Body();
    }

    /// <summary>Statements up to a tag that ends them, whose beginning is read but not its name; or up to the template's end.</summary>
    private List<Statement> Body(params string[] ends)
    {
        _tokens.Enter();
        var body = new List<Statement>();
        while (true)
        {
            var token = _tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new DataStatement(token.Position, token.Text));
                    break;
                case TokenKind.VariableBegin:
                    body.Add(new PrintStatement(token.Position, _expressions.ParseTuple()));
                    _tokens.Expect(TokenKind.VariableEnd, "end of print statement");
                    break;
                case TokenKind.BlockBegin:
                    if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text))
                    {
                        _tokens.Leave();
                        return body;
                    }

                    body.Add(Tag());
                    break;
                default:
                    return ends.Length == 0
                        ? body
                        : throw _tokens.Error($"unexpected end of template, expected {string.Join(" or ", ends.Select(end => $"'{end}'"))}", token.Position);
            }
        }
    }

    private Statement Tag()
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of a statement");
        var statement = name.Text switch
        {
            "if" => If(name.Position),
            "for" => For(name.Position),
            "set" => Set(name.Position),
            "macro" => Macro(name.Position),
            "call" => Call(name.Position),
            "filter" => Filter(name.Position),
            "with" => With(name.Position),
            "generation" => Generation(name.Position),
            "break" => LoopControl(name, Flow.Break),
            "continue" => LoopControl(name, Flow.Continue),
            "include" or "import" or "from" or "extends" or "block" or "autoescape" or "do" or "trans" or "print" =>
                throw _tokens.Error($"the statement '{name.Text}' is not supported in chat templates", name.Position),
            _ => throw _tokens.Error($"Encountered unknown tag '{name.Text}'.", name.Position),
        };
        EndTag();
        return statement;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "end of statement block");

    /// <summary>The body of a tag whose own end is next; reads through the name of the closing tag.</summary>
    private List<Statement> BodyAfterTag(params string[] ends)
    {
        EndTag();
        return Body(ends);
    }

    private List<Statement> Enclosed(string end)
    {
        var body = BodyAfterTag(end);
        _tokens.ExpectName(end);
        return body;
    }

    private IfStatement If(Position position)
    {
        var branches = new List<KeyValuePair<Expression, IReadOnlyList<Statement>>>();
        do
        {
            var condition = _expressions.ParseTuple(withCondition: false);
            branches.Add(KeyValuePair.Create<Expression, IReadOnlyList<Statement>>(condition, BodyAfterTag("elif", "else", "endif")));
        }
        while (_tokens.SkipName("elif"));
        List<Statement> otherwise = _tokens.SkipName("else") ? BodyAfterTag("endif") : [];
        _tokens.ExpectName("endif");
        return new IfStatement(position, branches, otherwise);
    }

    private ForStatement For(Position position)
    {
        var target = Target(allowAttributes: false);
        _tokens.ExpectName("in");
        var items = _expressions.ParseTuple(withCondition: false);
        var condition = _tokens.SkipName("if") ? _expressions.Parse() : null;
        if (_tokens.Current.IsName("recursive"))
            throw _tokens.Error("recursive loops are not supported in chat templates", _tokens.Current.Position);
        _loops++;
        var body = BodyAfterTag("else", "endfor");
        _loops--;
        List<Statement> otherwise = _tokens.SkipName("else") ? BodyAfterTag("endfor") : [];
        _tokens.ExpectName("endfor");
        return new ForStatement(position, target, items, condition, body, otherwise);
    }

    private LoopControlStatement LoopControl(Token name, Flow flow) => _loops > 0
        ? new LoopControlStatement(name.Position, flow)
        : throw _tokens.Error($"'{name.Text}' outside a loop", name.Position);

    private Statement Set(Position position)
    {
        var target = Target(allowAttributes: true);
        if (_tokens.SkipOperator("="))
            return new SetStatement(position, target, _expressions.ParseTuple());
        var filters = _expressions.ParseFilters(leadingBar: true);
        return new SetBlockStatement(position, target, filters, Within("a set block", "endset"));
    }

    private MacroStatement Macro(Position position)
    {
        var name = _tokens.Expect(TokenKind.Name, "the macro's name").Text;
        return new MacroStatement(position, name, new MacroBody(Parameters(), OutsideLoops("a macro", "endmacro")));
    }

    private CallStatement Call(Position position)
    {
        List<KeyValuePair<string, Expression?>> parameters = _tokens.Current.IsOperator("(") ? Parameters() : [];
        if (_expressions.Parse() is not CallExpression call)
            throw _tokens.Error("expected call", position);
        return new CallStatement(position, call, new MacroBody(parameters, OutsideLoops("a call block", "endcall")));
    }

    private GenerationStatement Generation(Position position)
    {
        _generations.Add(new GenerationBlock(position, _inside));
        return new GenerationStatement(position, OutsideLoops("another generation block", "endgeneration"));
    }

    /// <summary>A body that runs as a function of its own, so that a surrounding loop cannot be left from inside.</summary>
    private List<Statement> OutsideLoops(string what, string end)
    {
        var loops = _loops;
        _loops = 0;
        var body = Within(what, end);
        _loops = loops;
        return body;
    }

    /// <summary>A body whose text is put out somewhere else than where it is written.</summary>
    private List<Statement> Within(string what, string end)
    {
        var outer = _inside;
        _inside = what;
        var body = Enclosed(end);
        _inside = outer;
        return body;
    }

    private List<KeyValuePair<string, Expression?>> Parameters()
    {
        var parameters = new List<KeyValuePair<string, Expression?>>();
        _tokens.ExpectOperator("(");
        while (!_tokens.Current.IsOperator(")"))
        {
            if (parameters.Count > 0)
                _tokens.ExpectOperator(",");
            var name = _tokens.Expect(TokenKind.Name, "a parameter's name").Text;
            parameters.Add(KeyValuePair.Create(name, _tokens.SkipOperator("=") ? _expressions.Parse() : null));
        }

        _tokens.ExpectOperator(")");
        return parameters;
    }

    private FilterBlockStatement Filter(Position position)
    {
        var filters = _expressions.ParseFilters(leadingBar: false);
        return new FilterBlockStatement(position, filters, OutsideLoops("a filter block", "endfilter"));
    }

    private WithStatement With(Position position)
    {
        var assignments = new List<KeyValuePair<Target, Expression>>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (assignments.Count > 0)
                _tokens.ExpectOperator(",");
            var target = Single(allowAttributes: false);
            _tokens.ExpectOperator("=");
            assignments.Add(KeyValuePair.Create(target, _expressions.Parse()));
        }

        return new WithStatement(position, assignments, Enclosed("endwith"));
    }

    private Target Target(bool allowAttributes)
    {
        var parts = new List<Target> { Single(allowAttributes) };
        var isTuple = false;
        while (_tokens.SkipOperator(","))
        {
            isTuple = true;
            if (_tokens.Current.Kind is not TokenKind.Name && !_tokens.Current.IsOperator("("))
                break;
            parts.Add(Single(allowAttributes));
        }

        return isTuple ? new Target(null, null, parts) : parts[0];
    }

    private Target Single(bool allowAttributes)
    {
        if (_tokens.SkipOperator("("))
        {
            _tokens.Enter();
            var inner = Target(allowAttributes);
            _tokens.Leave();
            _tokens.ExpectOperator(")");
            return inner;
        }

        var name = _tokens.Expect(TokenKind.Name, "a name to assign to");
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None")
            throw _tokens.Error($"can't assign to '{name.Text}'", name.Position);
        var attribute = allowAttributes && _tokens.SkipOperator(".") ? _tokens.Expect(TokenKind.Name, "an attribute's name").Text : null;
        return new Target(name.Text, attribute, []);
    }
}
