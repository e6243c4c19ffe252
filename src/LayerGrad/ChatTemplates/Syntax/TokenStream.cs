namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>The tokens of a template with the place that the parser has reached.</summary>
/// <param name="tokens">The tokens; the last is <see cref="TokenKind.End"/>.</param>
/// <param name="name">The template's name, for errors.</param>
internal sealed class TokenStream(IReadOnlyList<Token> tokens, string name)
{
    private int _at;
    private int _depth;

    /// <summary>The template's name, for errors.</summary>
    public string Name => name;

    /// <summary>The token to be read next.</summary>
    public Token Current => tokens[_at];

    /// <summary>The token after it.</summary>
    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>Reads a token.</summary>
    public Token Next()
    {
        var token = tokens[_at];
        if (_at < tokens.Count - 1)
            _at++;
        return token;
    }

    /// <summary>Reads an operator if it is the next token.</summary>
    public bool SkipOperator(string symbol) => Skip(Current.IsOperator(symbol));

    /// <summary>Reads a name if it is the next token.</summary>
    public bool SkipName(string text) => Skip(Current.IsName(text));

    /// <summary>Reads an operator that must come.</summary>
    public Token ExpectOperator(string symbol) => Current.IsOperator(symbol) ? Next() : throw Unexpected($"'{symbol}'");

    /// <summary>Reads a certain name that must come.</summary>
    public Token ExpectName(string text) => Current.IsName(text) ? Next() : throw Unexpected($"'{text}'");

    /// <summary>Reads a token of a kind that must come.</summary>
    public Token Expect(TokenKind kind, string description) => Current.Kind == kind ? Next() : throw Unexpected(description);

    /// <summary>An error at the next token that says what should stand there.</summary>
    public ChatTemplateException Unexpected(string expected) => Error($"expected {expected}, got {Current.Description}", Current.Position);

    /// <summary>An error at a place.</summary>
    public ChatTemplateException Error(string reason, Position position) => new(reason, name, position.Line, position.Column);

    /// <summary>Begins a part that may be inside another of its kind.</summary>
    /// <exception cref="ChatTemplateException">The parts nest too deep.</exception>
    public void Enter()
    {
        if (++_depth > Budget.DeepestSyntax)
            throw new ChatTemplateException(Budget.Message(Budget.DeepestSyntax, "levels of nesting"), name, Current.Position.Line, Current.Position.Column, isLimit: true);
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Leave() => _depth--;

    private bool Skip(bool matches)
    {
        if (matches)
            Next();
        return matches;
    }
}
