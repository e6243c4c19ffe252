using System.Text.RegularExpressions;
using LayerGrad.ChatTemplates.Syntax.Expressions;

namespace LayerGrad.ChatTemplates.Syntax;

/// <summary>
/// Cuts a template into tokens, with Jinja's rules for white space as transformers sets them: <c>trim_blocks</c> (the
/// line feed after a block is dropped) and <c>lstrip_blocks</c> (so are the blanks before a block that begins its
/// line); <c>-</c> and <c>+</c> at a tag say otherwise. The source's line ends become line feeds and its last one is dropped.
/// </summary>
internal sealed partial class Lexer
{
    private readonly string _source;
    private readonly string _name;
    private readonly List<Token> _tokens = [];
    private readonly Stack<char> _open = new();
    private readonly List<int> _lineStarts = [0];
    private int _at;

    /// <summary>Whether the last tag ended a line, so that the text after it begins one.</summary>
    private bool _lineStarting = true;

    private Lexer(string source, string name)
    {
        _source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (_source.EndsWith('\n'))
            _source = _source[..^1];
        _name = name;
        for (var i = 0; i < _source.Length; i++)
        {
            if (_source[i] == '\n')
                _lineStarts.Add(i + 1);
        }
    }

    [GeneratedRegex(@"\G\{%([-+]?)\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)")]
    private static partial Regex RawEnd();

    [GeneratedRegex(@"(?:\+#\}|-#\}\s*|#\}\n?)")]
    private static partial Regex CommentEnd();

    [GeneratedRegex(@"\G(?:\+%\}|-%\}\s*|%\}\n?)")]
    private static partial Regex BlockEnd();

    [GeneratedRegex(@"\G(?:-\}\}\s*|\}\})")]
    private static partial Regex VariableEnd();

    [GeneratedRegex(@"\G(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)")]
    private static partial Regex Float();

    [GeneratedRegex(@"\G(?:0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[0-9](?:_?[0-9])*)")]
    private static partial Regex Integer();

    [GeneratedRegex(@"\G[\p{L}_][\p{L}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*")]
    private static partial Regex Name();

    [GeneratedRegex(@"\G(?:'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*"")", RegexOptions.Singleline)]
    private static partial Regex String();

    [GeneratedRegex(@"\G(?://|\*\*|==|!=|>=|<=|[-+/*%~\[\](){}><=.:|,;])")]
    private static partial Regex Operator();

    /// <summary>The tokens of a template; the last is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="ChatTemplateException">The template ends inside a tag or has a character that no token begins with.</exception>
    public static IReadOnlyList<Token> Tokenize(string source, string name)
    {
        if (source.Length > Budget.LongestSource)
            throw new ChatTemplateException(Budget.Message(Budget.LongestSource, "characters to be written down"), name, 1, 1, isLimit: true);
        var lexer = new Lexer(source, name);
        while (lexer._at < lexer._source.Length)
            lexer.DataThenTag();
        lexer.Add(TokenKind.End, "", lexer._source.Length);
        return lexer._tokens;
    }

    private void DataThenTag()
    {
        var begin = NextTag();
        if (begin < 0)
        {
            Add(TokenKind.Data, _source[_at..], _at);
            _at = _source.Length;
            return;
        }

        var kind = _source[begin + 1];
        var sign = begin + 2 < _source.Length && _source[begin + 2] is '-' or '+' ? _source[begin + 2] : ' ';
        AddData(begin, sign, isBlock: kind != '{');
        if (kind == '%' && RawBegin().Match(_source, begin) is { Success: true } raw)
        {
            RawBlock(raw);
            return;
        }

        _at = begin + (sign == ' ' ? 2 : 3);
        if (kind == '#')
            Comment(begin);
        else
            Tag(kind == '%', begin);
    }

    private int NextTag()
    {
        for (var at = _source.IndexOf('{', _at); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
        {
            if (_source[at + 1] is '{' or '%' or '#')
                return at;
        }

        return -1;
    }

    /// <summary>Adds the text up to a tag, less the white space that the tag takes away.</summary>
    private void AddData(int end, char sign, bool isBlock)
    {
        var text = _source[_at..end];
        if (sign == '-')
        {
            text = Library.PythonText.Strip(text, null, left: false);
        }
        else if (sign == ' ' && isBlock)
        {
            var line = text.LastIndexOf('\n') + 1;
            if ((line > 0 || _lineStarting) && text.AsSpan(line).IsWhiteSpace())
                text = text[..line];
        }

        if (text.Length > 0)
            Add(TokenKind.Data, text, _at);
    }

    private void Comment(int begin)
    {
        var end = CommentEnd().Match(_source, _at);
        if (!end.Success)
            throw Error("Missing end of comment tag", begin);
        Leave(end);
    }

    private void RawBlock(Match begin)
    {
        Leave(begin);
        var end = RawEnd().Match(_source, _at);
        if (!end.Success)
            throw Error("Missing end of raw directive", begin.Index);
        AddData(end.Index, end.Groups[1].Length > 0 ? end.Groups[1].Value[0] : ' ', isBlock: true);
        Leave(end);
    }

    private void Tag(bool isBlock, int begin)
    {
        Add(isBlock ? TokenKind.BlockBegin : TokenKind.VariableBegin, isBlock ? "{%" : "{{", begin);
        _open.Clear();
        while (true)
        {
            var end = (isBlock ? BlockEnd() : VariableEnd()).Match(_source, _at);
            if (end.Success && _open.Count == 0)
            {
                Add(isBlock ? TokenKind.BlockEnd : TokenKind.VariableEnd, isBlock ? "%}" : "}}", _at);
                Leave(end);
                return;
            }

            if (_at >= _source.Length)
                throw Error($"unexpected end of template, expected '{(isBlock ? "%}" : "}}")}'", begin);
            if (Library.PythonText.IsSpace(_source[_at]))
                _at++;
            else
                TokenInTag();
        }
    }

    private void TokenInTag()
    {
        var first = _source[_at];
        if (char.IsDigit(first) ? Take(Float(), TokenKind.Float) || Take(Integer(), TokenKind.Integer) : (first == '_' || char.IsLetter(first)) && Take(Name(), TokenKind.Name))
            return;
        if (first is '\'' or '"' && String().Match(_source, _at) is { Success: true } literal)
        {
            Add(TokenKind.String, StringLiteral.Unescape(literal.Value[1..^1]), _at);
            _at += literal.Length;
            return;
        }

        var position = _at;
        if (!Take(Operator(), TokenKind.Operator))
            throw Error($"unexpected char {Library.PythonText.Representation(_source[_at].ToString())}", _at);
        Balance(_tokens[^1].Text, position);
    }

    private bool Take(Regex pattern, TokenKind kind)
    {
        var match = pattern.Match(_source, _at);
        if (!match.Success)
            return false;
        Add(kind, match.Value, _at);
        _at += match.Length;
        return true;
    }

    /// <summary>Inside brackets, <c>}}</c> and <c>%}</c> are no ends of tags.</summary>
    private void Balance(string symbol, int position)
    {
        switch (symbol)
        {
            case "(":
                _open.Push(')');
                break;
            case "[":
                _open.Push(']');
                break;
            case "{":
                _open.Push('}');
                break;
            case ")" or "]" or "}":
                if (!_open.TryPop(out var expected))
                    throw Error($"unexpected '{symbol}'", position);
                if (expected != symbol[0])
                    throw Error($"unexpected '{symbol}', expected '{expected}'", position);
                break;
        }
    }

    private void Leave(Match end)
    {
        _at = end.Index + end.Length;
        _lineStarting = end.Value.EndsWith('\n');
    }

    private void Add(TokenKind kind, string text, int at) => _tokens.Add(new Token(kind, text, PositionOf(at)));

    private Position PositionOf(int at)
    {
        var line = _lineStarts.BinarySearch(at);
        line = line < 0 ? ~line - 1 : line;
        return new Position(line + 1, at - _lineStarts[line] + 1);
    }

    private ChatTemplateException Error(string reason, int at)
    {
        var (line, column) = PositionOf(at);
        return new ChatTemplateException(reason, _name, line, column);
    }
}
