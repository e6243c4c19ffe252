using System.Globalization;
using System.Text;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary>Python's escapes in string literals.</summary>
internal static class StringLiteral
{
    /// <summary>The text that a literal stands for; an escape that Python does not know stays as it is.</summary>
    /// <param name="literal">What stands between the quotes.</param>
    public static string Unescape(string literal)
    {
        if (!literal.Contains('\\', StringComparison.Ordinal))
            return literal;
        var result = new StringBuilder(literal.Length);
        for (var i = 0; i < literal.Length; i++)
        {
            if (literal[i] != '\\' || i + 1 == literal.Length)
                result.Append(literal[i]);
            else
                i = Escape(literal, i + 1, result);
        }

        return result.ToString();
    }

    /// <summary>Reads the escape whose letter stands at a position; returns the position of its last character.</summary>
    private static int Escape(string literal, int at, StringBuilder result)
    {
        var c = literal[at];
        switch (c)
        {
            case '\n':
                return at;
            case 'x' or 'u' or 'U':
                var digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
                if (at + digits < literal.Length && int.TryParse(literal.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    && code is >= 0 and <= 0x10ffff)
                {
                    result.Append(code > 0xffff ? char.ConvertFromUtf32(code) : ((char)code).ToString());
                    return at + digits;
                }

                break;
            case >= '0' and <= '7':
                var value = 0;
                var end = at;
                for (; end < literal.Length && end < at + 3 && literal[end] is >= '0' and <= '7'; end++)
                    value = (value * 8) + (literal[end] - '0');
                result.Append((char)value);
                return end - 1;
        }

        var plain = "\\'\"abfnrtv".IndexOf(c, StringComparison.Ordinal);
        result.Append(plain >= 0 ? "\\'\"\a\b\f\n\r\t\v"[plain].ToString() : "\\" + c);
        return at;
    }
}
