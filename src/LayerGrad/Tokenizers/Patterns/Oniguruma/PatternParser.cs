namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>
/// Parses Oniguruma's syntax (its doc/RE, syntax ONIG_SYNTAX_ONIGURUMA) to a tree. What Oniguruma refuses is refused, and what is not done
/// exactly here too, each with a <see cref="PatternException"/>.
/// </summary>
internal sealed class PatternParser
{
    private const int DeepestNesting = 200, LargestRepeat = 100_000;
    private const string Unclosed = "end pattern with unmatched parenthesis";

    private readonly PatternCursor _reader;
    private readonly bool _hasNames;
    private readonly Dictionary<string, List<int>> _names = [];
    private readonly List<Action> _checks = [];
    private PatternFlags _flags;
    private int _depth;

    private PatternParser(string pattern)
    {
        _reader = new PatternCursor(pattern);
        _hasNames = HasNamedGroup(pattern);
    }

    /// <summary>How many groups are remembered.</summary>
    public int Groups { get; private set; }

    /// <summary>Parses a pattern.</summary>
    /// <returns>The tree, and how many groups it remembers.</returns>
    /// <exception cref="PatternException">It is wrong, or not supported.</exception>
    public static (PatternNode Tree, int Groups) Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var tree = parser.Alternatives();
        if (!parser._reader.AtEnd)
            throw new PatternException("unmatched close parenthesis");
        foreach (var check in parser._checks)
            check();
        return (tree, parser.Groups);
    }

    /// <summary>Everything up to a closing parenthesis or the end.</summary>
    private PatternNode Alternatives()
    {
        if (++_depth > DeepestNesting)
            throw new PatternException("too deep nesting of groups");
        var flags = _flags;
        var choices = new List<PatternNode> { Sequence() };
        while (_reader.TryTake("|"))
            choices.Add(Sequence());
        _flags = flags;
        _depth--;
        return choices.Count == 1 ? choices[0] : new PatternNode.Alternatives(choices);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (!_reader.AtEnd && _reader.Peek() is not ('|' or ')'))
        {
            if (TrySkip())
                continue;
            var part = Quantified(Part());

            // Neighbouring letters are one text: ignoring case, two of them may match one (ss and ß).
            if (part is PatternNode.Literal { IgnoreCase: var ignores } literal && parts.Count > 0 && parts[^1] is PatternNode.Literal before && before.IgnoreCase == ignores)
                parts[^1] = new PatternNode.Literal([.. before.Codes, .. literal.Codes], ignores);
            else if (part is not PatternNode.Nothing)
                parts.Add(part);
        }

        return parts.Count switch { 0 => new PatternNode.Nothing(), 1 => parts[0], _ => new PatternNode.Sequence(parts) };
    }

    /// <summary>Leaves out comments, and blanks where the pattern is an extended one.</summary>
    private bool TrySkip()
    {
        if (_reader.TryTake("(?#"))
        {
            while (_reader.Take("end pattern in group") is var code && code != ')')
            {
                if (code == '\\')
                    _reader.Take("end pattern in group");
            }

            return true;
        }

        if (!_flags.Extended)
            return false;
        if (_reader.Peek() is ' ' or '\t' or '\n' or '\r' or '\f' or '\v')
        {
            _reader.Position++;
            return true;
        }

        if (_reader.Peek() != '#')
            return false;
        while (!_reader.AtEnd && _reader.Take("") != '\n')
        {
        }

        return true;
    }

    private PatternNode Part()
    {
        switch (_reader.Peek())
        {
            case '(':
                _reader.Position++;
                return Group();
            case '[':
                _reader.Position++;
                return Class(new ClassParser(_reader, _flags).Parse());
            case '.':
                _reader.Position++;
                return new PatternNode.Set(_flags.DotAll ? CodePointSet.All : CharacterProperties.NotLineFeed);
            case '^':
                _reader.Position++;
                return new PatternNode.Anchor(AnchorKind.LineStart);
            case '$':
                _reader.Position++;
                return new PatternNode.Anchor(AnchorKind.LineEnd);
            case '\\':
                _reader.Position++;
                return Escape();
            case '*' or '+' or '?':
                throw new PatternException("target of repeat operator is not specified");
            default:
                return Letter(_reader.Take(""));
        }
    }

    private PatternNode Letter(int code) =>
        code is > 0x10FFFF or (>= 0xD800 and <= 0xDFFF) ? new PatternNode.Fail() : new PatternNode.Literal([code], _flags.IgnoreCase);

    private PatternNode Class(CodePointSet set)
    {
        if (!_flags.IgnoreCase)
            return new PatternNode.Set(set);
        var expansions = CaseFolding.Expansions(set).Select(static folded => (PatternNode)new PatternNode.Literal(folded, true)).ToList();
        var closed = new PatternNode.Set(CaseFolding.Close(set));
        return expansions.Count == 0 || set.Contains(0x10FFFF) ? closed : new PatternNode.Alternatives([.. expansions, closed]);
    }

    private PatternNode Escape()
    {
        if (EscapeParser.TrySet(_reader, _flags) is { } set)
            return new PatternNode.Set(set);
        var letter = _reader.Peek();
        if (letter is >= '1' and <= '9')
            return NumberedReference();
        _reader.Position++;
        switch (letter)
        {
            case 'A': return new PatternNode.Anchor(AnchorKind.TextStart);
            case 'z': return new PatternNode.Anchor(AnchorKind.TextEnd);
            case 'Z': return new PatternNode.Anchor(AnchorKind.TextEndOrLastLine);
            case 'G': return new PatternNode.Anchor(AnchorKind.SearchStart);
            case 'b': return new PatternNode.Anchor(_flags.AsciiWord || _flags.AsciiPosix ? AnchorKind.AsciiWordBoundary : AnchorKind.WordBoundary);
            case 'B': return new PatternNode.Anchor(_flags.AsciiWord || _flags.AsciiPosix ? AnchorKind.NotAsciiWordBoundary : AnchorKind.NotWordBoundary);
            case 'y': return new PatternNode.Anchor(AnchorKind.ClusterBoundary);
            case 'Y': return new PatternNode.Anchor(AnchorKind.NotClusterBoundary);
            case 'K': return new PatternNode.Keep();
            case 'X': return new PatternNode.Cluster();
            case 'N': return new PatternNode.Set(CharacterProperties.NotLineFeed);
            case 'O': return new PatternNode.Set(CodePointSet.All);
            case 'R': return new PatternNode.Atomic(new PatternNode.Alternatives([new PatternNode.Literal(['\r', '\n'], false), new PatternNode.Set(CharacterProperties.LineBreaks)]));
            case 'k' when _reader.Peek() is '<' or '\'': return Reference();
            case 'g' when _reader.Peek() is '<' or '\'': return Call();
            default:
                _reader.Position--;
                return Letter(EscapeParser.Character(_reader));
        }
    }

    private PatternNode NumberedReference()
    {
        var start = _reader.Position;
        var number = (int)_reader.TakeNumber(10, 1, 9)!.Value;

        // Beyond the groups so far it is an octal number, if its digits are.
        if (number > 9 && number > Groups)
        {
            _reader.Position = start;
            return Letter(EscapeParser.Character(_reader));
        }

        if (_hasNames)
            throw new PatternException("numbered backref/call is not allowed. (use name)");
        return BackReference([number]);
    }

    private PatternNode.BackReference BackReference(IReadOnlyList<int> groups)
    {
        _checks.Add(() =>
        {
            if (groups.Any(group => group > Groups))
                throw new PatternException("invalid backref number/name");
        });
        return new PatternNode.BackReference(groups, _flags.IgnoreCase);
    }

    private PatternNode Reference()
    {
        var name = Name();
        if (int.TryParse(name, out var number))
        {
            if (_hasNames)
                throw new PatternException("numbered backref/call is not allowed. (use name)");
            return BackReference([number > 0 ? number : Groups + 1 + number]);
        }

        return _names.TryGetValue(name, out var groups)
            ? BackReference([.. Enumerable.Reverse(groups)])
            : throw new PatternException($"undefined name <{name}> reference");
    }

    private PatternNode Call()
    {
        var name = Name();
        if (name.StartsWith('0'))
            throw new PatternException("never ending recursion");
        if (int.TryParse(name, out var number))
        {
            var group = name[0] is '-' ? Groups + 1 + number : name[0] is '+' ? Groups + number : number;
            _checks.Add(() =>
            {
                if (group < 1 || group > Groups)
                    throw new PatternException("undefined group reference");
            });
            return new PatternNode.Call(group);
        }

        // The group may follow: it is looked up when all names are known.
        var call = new List<int>();
        _checks.Add(() =>
        {
            if (!_names.TryGetValue(name, out var groups))
                throw new PatternException($"undefined name <{name}> call");
            if (groups.Count > 1)
                throw new PatternException($"multiplex definition name <{name}> call");
        });
        call.Add(NumberOf(name));
        return new PatternNode.Call(call[0]);
    }

    /// <summary>The number that a name will have: names are numbered in the order in which they are opened.</summary>
    private int NumberOf(string name)
    {
        if (_names.TryGetValue(name, out var known))
            return known[0];
        throw new PatternException($"a call of the group <{name}> before it is defined is not supported");
    }

    private string Name()
    {
        var close = _reader.Take("") == '<' ? '>' : '\'';
        var name = _reader.TakeUntil(close, "invalid group name <>");
        return name.Length > 0 ? name : throw new PatternException("group name is empty");
    }

    private PatternNode Quantified(PatternNode node)
    {
        while (true)
        {
            while (_flags.Extended && TrySkip())
            {
            }

            if (Quantifier() is not { } quantifier)
                return node;
            if (node is PatternNode.Anchor or PatternNode.Look)
                throw new PatternException("target of repeat operator is invalid");
            if (node is PatternNode.Nothing)
                throw new PatternException("target of repeat operator is not specified");
            node = new PatternNode.Repeat(node, quantifier.Least, quantifier.Most, quantifier.Kind);
        }
    }

    private (int Least, int? Most, RepeatKind Kind)? Quantifier()
    {
        (int, int?)? simple = _reader.Peek() switch { '*' => (0, null), '+' => (1, null), '?' => (0, 1), _ => null };
        if (simple is { } bounds)
        {
            _reader.Position++;
            var kind = _reader.TryTake("?") ? RepeatKind.Lazy : _reader.TryTake("+") ? RepeatKind.Possessive : RepeatKind.Greedy;
            return (bounds.Item1, bounds.Item2, kind);
        }

        return _reader.Peek() == '{' ? Interval() : null;
    }

    /// <summary><c>{n,m}</c>; null, and nothing taken, where the brace is a letter.</summary>
    private (int Least, int? Most, RepeatKind Kind)? Interval()
    {
        var start = _reader.Position++;
        var least = _reader.TakeNumber(10, 1, 9);
        var hasComma = _reader.TryTake(",");
        var most = hasComma ? _reader.TakeNumber(10, 1, 9) : least;
        if ((least is null && most is null) || !_reader.TryTake("}"))
        {
            _reader.Position = start;
            return null;
        }

        if (least > LargestRepeat || most > LargestRepeat)
            throw new PatternException("too big number is specified for the repeat range");
        if (most < least)
            return ((int)most!, (int)least!, RepeatKind.Possessive);
        var isLazy = _reader.TryTake("?");
        return ((int)(least ?? 0), (int?)most, isLazy ? RepeatKind.Lazy : RepeatKind.Greedy);
    }

    /// <summary>A group, its opening parenthesis taken.</summary>
    private PatternNode Group()
    {
        if (_reader.Peek() == '*')
            return Callout();
        if (!_reader.TryTake("?"))
            return _hasNames ? Closed(Alternatives()) : Captured(++Groups);
        if (_reader.TryTake(":"))
            return Closed(Alternatives());
        if (_reader.TryTake("="))
            return new PatternNode.Look(Closed(Alternatives()), IsBehind: false, IsNegative: false);
        if (_reader.TryTake("!"))
            return new PatternNode.Look(Closed(Alternatives()), IsBehind: false, IsNegative: true);
        if (_reader.TryTake(">"))
            return new PatternNode.Atomic(Closed(Alternatives()));
        if (_reader.TryTake("<="))
            return Behind(isNegative: false);
        if (_reader.TryTake("<!"))
            return Behind(isNegative: true);
        if (_reader.TryTake("~"))
            return _reader.Peek() == '|' ? throw new PatternException("an absent expression (?~|…) is not supported") : new PatternNode.Absent(Closed(Alternatives()));
        if (_reader.TryTake("{"))
            throw new PatternException("a callout (?{…}) is not supported");
        if (_reader.TryTake("("))
            return Conditional();
        return _reader.Peek() is '<' or '\'' ? Named() : Options();
    }

    private PatternNode Callout()
    {
        if (_reader.TryTake("*FAIL)"))
            return new PatternNode.Fail();
        throw new PatternException("a callout (*…) is not supported");
    }

    private PatternNode.Capture Captured(int number) => new(number, Closed(Alternatives()));

    private PatternNode.Look Behind(bool isNegative)
    {
        var before = Groups;
        var body = Closed(Alternatives());
        if ((isNegative && Groups > before) || PatternLength.HasLook(body))
            throw new PatternException("invalid pattern in look-behind");
        return new PatternNode.Look(body, IsBehind: true, isNegative);
    }

    private PatternNode.Capture Named()
    {
        var name = Name();
        if (!(char.IsLetter(name[0]) || name[0] == '_'))
            throw new PatternException($"invalid group name <{name}>");
        if (!_names.TryGetValue(name, out var groups))
            _names[name] = groups = [];
        groups.Add(++Groups);
        return Captured(Groups);
    }

    private PatternNode Conditional()
    {
        var text = _reader.TakeUntil(')', Unclosed);
        var name = text.Trim('<', '>', '\'');
        int group;
        if (int.TryParse(name, out var number))
            group = number > 0 ? number : Groups + 1 + number;
        else if (_names.TryGetValue(name, out var groups))
            group = groups[0];
        else
            throw new PatternException("a condition that is no group is not supported");
        _checks.Add(() =>
        {
            if (group > Groups)
                throw new PatternException("invalid backref number/name");
        });
        var body = Closed(Alternatives());
        return body is PatternNode.Alternatives { Choices: [var yes, var no] } ? new PatternNode.Conditional(group, yes, no)
            : body is PatternNode.Alternatives ? throw new PatternException("invalid if-else syntax")
            : new PatternNode.Conditional(group, body, new PatternNode.Nothing());
    }

    /// <summary><c>(?i-m:…)</c>, or <c>(?i-m)</c>, which holds to the end of the group around it.</summary>
    private PatternNode Options()
    {
        var (flags, on) = (_flags, true);
        while (true)
        {
            switch (_reader.Take(Unclosed))
            {
                case '-': on = false; break;
                case 'i': flags = flags with { IgnoreCase = on }; break;
                case 'm': flags = flags with { DotAll = on }; break;
                case 'x': flags = flags with { Extended = on }; break;
                case 'W': flags = flags with { AsciiWord = on }; break;
                case 'D': flags = flags with { AsciiDigit = on }; break;
                case 'S': flags = flags with { AsciiSpace = on }; break;
                case 'P': flags = flags with { AsciiPosix = on }; break;
                case 'y' when _reader.TryTake("{g}"): break;
                case 'y': throw new PatternException("word boundaries of text segments (?y{w}) are not supported");
                case ':':
                    var before = _flags;
                    _flags = flags;
                    var body = Closed(Alternatives());
                    _flags = before;
                    return body;
                case ')':
                    _flags = flags;
                    return Alternatives();
                default: throw new PatternException("undefined group option");
            }
        }
    }

    private PatternNode Closed(PatternNode body) => _reader.TryTake(")") ? body : throw new PatternException(Unclosed);

    private static bool HasNamedGroup(string pattern)
    {
        var inClass = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
                i++;
            else if (pattern[i] == '[')
                inClass++;
            else if (pattern[i] == ']' && inClass > 0)
                inClass--;
            else if (inClass == 0 && pattern.AsSpan(i) is ['(', '?', '<' or '\'', var next, ..] && next is not ('=' or '!'))
                return true;
        }

        return false;
    }
}
