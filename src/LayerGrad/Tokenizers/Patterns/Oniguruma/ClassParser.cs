namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>Reads a character class, its opening bracket taken: ranges, nested classes, POSIX brackets, intersections.</summary>
internal sealed class ClassParser(PatternCursor reader, PatternFlags flags)
{
    private const int DeepestNesting = 100;
    private const string Premature = "premature end of char-class";

    /// <summary>Reads up to the closing bracket.</summary>
    public CodePointSet Parse(int depth = 0)
    {
        if (depth > DeepestNesting)
            throw new PatternException("too deep nesting of char-classes");
        var isNegative = reader.TryTake("^");
        CodePointSet? intersection = null;
        var sets = new List<CodePointSet>();
        var isFirst = true;
        while (true)
        {
            if (reader.AtEnd)
                throw new PatternException(Premature);
            if (reader.Peek() == ']' && !(isFirst && HasAnotherBracket()))
            {
                reader.Position++;
                break;
            }

            if (reader.TryTake("&&"))
            {
                intersection = Met(intersection, sets);
                sets.Clear();
            }
            else
            {
                sets.Add(Item(depth));
            }

            isFirst = false;
        }

        if (isFirst)
            throw new PatternException("empty char-class");
        var result = Met(intersection, sets);
        return isNegative ? result.Complement() : result;
    }

    private static CodePointSet Met(CodePointSet? intersection, List<CodePointSet> sets)
    {
        var union = CodePointSet.Union(sets);
        return intersection is null ? union : intersection.Intersect(union);
    }

    /// <summary>A bracket that comes first is a member, if the class is closed by another one.</summary>
    private bool HasAnotherBracket()
    {
        for (var ahead = 1; reader.Peek(ahead) is var code and >= 0; ahead++)
        {
            if (code == '\\')
                ahead++;
            else if (code == ']')
                return true;
        }

        return false;
    }

    private CodePointSet Item(int depth)
    {
        if (TryPosix() is { } named)
            return named;
        if (reader.TryTake("["))
            return new ClassParser(reader, flags).Parse(depth + 1);
        var (first, set) = Member();
        if (set is not null)
            return set;

        // A hyphen makes a range unless it comes last, or stands before a class.
        if (reader.Peek() != '-' || reader.Peek(1) is ']' or '[' or -1 || (reader.Peek(1) == '&' && reader.Peek(2) == '&'))
            return CodePointSet.OfCodes(first);
        reader.Position++;
        var (last, other) = Member();
        if (other is not null)
            return CodePointSet.Union(CodePointSet.OfCodes(first, '-'), other);
        return last >= first ? CodePointSet.Of((first, last)) : throw new PatternException("empty range in char class");
    }

    /// <summary>The next character, or the set that an escape stands for.</summary>
    private (int Code, CodePointSet? Set) Member()
    {
        if (!reader.TryTake("\\"))
            return (reader.Take(Premature), null);
        if (EscapeParser.TrySet(reader, flags, inClass: true) is { } set)
            return (0, set);
        return (reader.TryTake("b") ? '\b' : EscapeParser.Character(reader), null);
    }

    private CodePointSet? TryPosix()
    {
        var start = reader.Position;
        if (!reader.TryTake("[:"))
            return null;
        var isNegative = reader.TryTake("^");
        var name = "";
        while (reader.Peek() is >= 'a' and <= 'z' && name.Length < 20)
            name += (char)reader.Take(Premature);
        if (!reader.TryTake(":]"))
        {
            // A class that begins with a colon.
            reader.Position = start;
            return null;
        }

        var set = CharacterProperties.Posix(name) ?? throw new PatternException("invalid POSIX bracket type");
        set = flags.Posix(set, name);
        return isNegative ? set.Complement() : set;
    }
}
