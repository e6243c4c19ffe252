using System.Text;

namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>The code points of a pattern, one after another.</summary>
internal sealed class PatternCursor
{
    private readonly int[] _codes;

    /// <summary>Starts at the beginning of a pattern.</summary>
    public PatternCursor(string pattern) => _codes = [.. pattern.EnumerateRunes().Select(static rune => rune.Value)];

    /// <summary>Where the next code point stands.</summary>
    public int Position { get; set; }

    /// <summary>Whether none is left.</summary>
    public bool AtEnd => Position >= _codes.Length;

    /// <summary>The next one, or -1 at the end.</summary>
    public int Peek(int ahead = 0) => Position + ahead < _codes.Length ? _codes[Position + ahead] : -1;

    /// <summary>Takes the next one.</summary>
    /// <param name="atEnd">The error where none is left.</param>
    public int Take(string atEnd) => AtEnd ? throw new PatternException(atEnd) : _codes[Position++];

    /// <summary>Takes a text if it comes next.</summary>
    public bool TryTake(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Peek(i) != text[i])
                return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>Takes what stands before a character, and the character.</summary>
    /// <param name="end">The character.</param>
    /// <param name="missing">The error where it does not come.</param>
    public string TakeUntil(char end, string missing)
    {
        var text = new StringBuilder();
        while (Peek() != end)
            text.Append(char.ConvertFromUtf32(Take(missing) is var code && code is >= 0xD800 and <= 0xDFFF ? 0xFFFD : code));
        Position++;
        return text.ToString();
    }

    /// <summary>Takes digits of a base, between so many and so many; null, and nothing taken, where there are fewer.</summary>
    public long? TakeNumber(int radix, int least, int most)
    {
        var (start, value) = (Position, 0L);
        while (Position - start < most && DigitOf(Peek()) is var digit && digit >= 0 && digit < radix)
        {
            value = Math.Min(value * radix + digit, int.MaxValue);
            Position++;
        }

        if (Position - start >= least)
            return value;
        Position = start;
        return null;
    }

    private static int DigitOf(int code) => code switch
    {
        >= '0' and <= '9' => code - '0',
        >= 'a' and <= 'f' => code - 'a' + 10,
        >= 'A' and <= 'F' => code - 'A' + 10,
        _ => -1,
    };
}
