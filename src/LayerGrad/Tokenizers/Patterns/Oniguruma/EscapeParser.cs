using System.Text;

namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>Reads the escapes that stand for one character, or for a set of characters; they are the same within and without brackets.</summary>
internal static class EscapeParser
{
    private const int Beyond = 0x110000;

    /// <summary>The set that an escape stands for (<c>\w \P{Lu}</c>), the backslash taken; null, and nothing taken, for any other.</summary>
    /// <param name="reader">The pattern.</param>
    /// <param name="flags">The options.</param>
    /// <param name="inClass">Whether it stands in brackets, where <c>\w</c> is the POSIX bracket's.</param>
    public static CodePointSet? TrySet(PatternCursor reader, PatternFlags flags, bool inClass = false)
    {
        var letter = reader.Peek();
        if (letter is 'p' or 'P' && reader.Peek(1) == '{')
        {
            reader.Position += 2;
            return Property(reader, letter == 'P');
        }

        var set = letter switch
        {
            'w' => flags.Word(inClass),
            'W' => flags.Word(inClass).Complement(),
            'd' => flags.Digit,
            'D' => flags.Digit.Complement(),
            's' => flags.Space,
            'S' => flags.Space.Complement(),
            'h' => CharacterProperties.HexDigit,
            'H' => CharacterProperties.HexDigit.Complement(),
            _ => null,
        };
        if (set is not null)
            reader.Position++;
        return set;
    }

    /// <summary>The character that an escape stands for, the backslash taken; one beyond Unicode where it can match nothing.</summary>
    public static int Character(PatternCursor reader)
    {
        var letter = reader.Take("end pattern at escape");
        switch (letter)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'v': return '\v';
            case 'f': return '\f';
            case 'r': return '\r';
            case 'a': return '\a';
            case 'e': return 27;
            case 'x': return Hexadecimal(reader);
            case 'u': return (int)(reader.TakeNumber(16, 4, 4) ?? throw new PatternException("invalid code point value"));
            case 'o' when reader.Peek() == '{': return Braced(reader, 8) ?? 'o';
            case >= '0' and <= '7':
                reader.Position--;
                return (int)reader.TakeNumber(8, 1, 3)!.Value is var octal && octal < 128 ? octal : throw new PatternException("too short multibyte code string");
            case 'c': return Control(reader, "end pattern at control");
            case 'C' when reader.Peek() == '-':
                reader.Position++;
                return Control(reader, "end pattern at control");
            case 'M' when reader.Peek() == '-': throw new PatternException("a meta character (\\M-) is not supported");
            default: return letter;
        }
    }

    private static CodePointSet Property(PatternCursor reader, bool isNegative)
    {
        if (reader.Peek() == '^')
        {
            reader.Position++;
            isNegative = !isNegative;
        }

        var name = reader.TakeUntil('}', "end pattern with unmatched parenthesis");
        var set = CharacterProperties.Find(name) ?? throw new PatternException($"invalid character property name {{{name}}}");
        return isNegative ? set.Complement() : set;
    }

    private static int Hexadecimal(PatternCursor reader)
    {
        if (reader.Peek() == '{')
            return Braced(reader, 16) ?? 'x';
        if (reader.TakeNumber(16, 1, 2) is not { } first)
            return 'x';
        return first < 128 ? (int)first : Bytes(reader, (byte)first);
    }

    /// <summary>Bytes of UTF-8 written one by one (<c>\xE4\xB8\xAD</c>).</summary>
    private static int Bytes(PatternCursor reader, byte first)
    {
        var bytes = new List<byte> { first };
        var count = first switch { >= 0xF0 and < 0xF8 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 0 };
        while (bytes.Count < count && reader.TryTake("\\x") && reader.TakeNumber(16, 2, 2) is { } next)
            bytes.Add((byte)next);
        return Rune.DecodeFromUtf8(bytes.ToArray(), out var rune, out var used) == System.Buffers.OperationStatus.Done && used == count
            ? rune.Value
            : throw new PatternException("too short multibyte code string");
    }

    /// <summary>A number in braces; null, and nothing taken, where there is none.</summary>
    private static int? Braced(PatternCursor reader, int radix)
    {
        var start = reader.Position++;
        if (reader.TakeNumber(radix, 1, 11) is { } value && reader.TryTake("}"))
            return (int)Math.Min(value, Beyond);
        reader.Position = start;
        return null;
    }

    private static int Control(PatternCursor reader, string atEnd)
    {
        var code = reader.Take(atEnd);
        if (code == '\\')
            code = Character(reader);
        return code == '?' ? 127 : code & 0x9F;
    }
}
