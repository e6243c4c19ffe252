using System.Globalization;
using System.Text;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>What Python's <c>str</c> does where .NET's <see cref="string"/> does it differently.</summary>
internal static class PythonText
{
    /// <summary>Python's <c>str.isspace</c> of one character: .NET's white space and the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>The number of code points.</summary>
    public static int Length(string text)
    {
        var length = text.Length;
        for (var i = 1; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i - 1], text[i]))
                length--;
        }

        return length;
    }

    /// <summary>The code points, each as a string; half a surrogate pair stays as it is.</summary>
    public static IEnumerable<string> CodePoints(string text)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i += length)
        {
            length = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1;
            yield return text.Substring(i, length);
        }
    }

    /// <summary>Strips white space, or any of the given characters, from either end or both.</summary>
    public static string Strip(string text, string? characters, bool left = true, bool right = true)
    {
        bool Goes(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
        var start = 0;
        var end = text.Length;
        while (left && start < end && Goes(text[start]))
            start++;
        while (right && end > start && Goes(text[end - 1]))
            end--;
        return text[start..end];
    }

    /// <summary>Joins texts.</summary>
    /// <exception cref="EvaluationException">The result is longer than texts may be.</exception>
    public static string Join(string separator, IEnumerable<string> texts)
    {
        var result = new StringBuilder();
        var any = false;
        foreach (var text in texts)
        {
            Budget.RefuseText((long)result.Length + separator.Length + text.Length);
            if (any)
                result.Append(separator);
            any = true;
            result.Append(text);
        }

        return result.ToString();
    }

    /// <summary>Splits at runs of white space, or at a separator; at most <paramref name="count"/> times where it is not negative.</summary>
    public static IEnumerable<string> Split(string text, string? separator, int count)
    {
        if (separator is null)
            return SplitAtSpace(text, count);
        return separator.Length == 0 ? throw new EvaluationException("empty separator") : SplitAt(text, separator, count);
    }

    /// <summary>Splits from the end.</summary>
    public static IEnumerable<string> SplitFromEnd(string text, string? separator, int count)
    {
        if (count < 0)
            return Split(text, separator, count);
        var turned = Split(Reverse(text), separator is null ? null : Reverse(separator), count);
        return turned.Select(Reverse).Reverse();
    }

    /// <summary>Lines without their ends; the boundaries are those of Python's <c>str.splitlines</c>.</summary>
    public static List<string> SplitLines(string text, bool keepEnds = false)
    {
        var lines = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029'))
                continue;
            var end = i;
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            lines.Add(text[start..(keepEnds ? i + 1 : end)]);
            start = i + 1;
        }

        if (start < text.Length)
            lines.Add(text[start..]);
        return lines;
    }

    /// <summary>Replaces a part; at most <paramref name="count"/> times where it is not negative.</summary>
    public static string Replace(string text, string old, string replacement, int count)
    {
        if (old.Length == 0)
            return InsertBetween(text, replacement, count);
        var result = new StringBuilder();
        var start = 0;
        for (var at = text.IndexOf(old, StringComparison.Ordinal); at >= 0 && count-- != 0; at = text.IndexOf(old, start, StringComparison.Ordinal))
        {
            result.Append(text, start, at - start).Append(replacement);
            Budget.RefuseText(result.Length);
            start = at + old.Length;
        }

        return start == 0 ? text : result.Append(text, start, text.Length - start).ToString();
    }

    /// <summary>The first letter in upper case, the others in lower case.</summary>
    public static string Capitalize(string text) =>
        text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    /// <summary>Python's <c>str.title</c>: a letter after no letter in upper case, any other in lower case.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var inside = false;
        foreach (var c in text)
        {
            result.Append(inside ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inside = char.IsLetter(c);
        }

        return result.ToString();
    }

    /// <summary>Centres in a field; the odd blank goes where Python puts it.</summary>
    public static string Center(string text, int width, char fill = ' ')
    {
        var missing = width - Length(text);
        if (missing <= 0)
            return text;
        Budget.RefuseText(width);
        var left = (missing / 2) + (missing & width & 1);
        return new string(fill, left) + text + new string(fill, missing - left);
    }

    /// <summary>Python's <c>repr</c> of a string: quoted, with what does not print escaped.</summary>
    public static string Representation(string text)
    {
        Budget.RefuseText(text.Length);
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var result = new StringBuilder().Append(quote);
        foreach (var point in CodePoints(text))
        {
            var code = point.Length == 2 ? char.ConvertToUtf32(point[0], point[1]) : point[0];
            result.Append(point switch
            {
                "\n" => "\\n",
                "\r" => "\\r",
                "\t" => "\\t",
                "\\" => "\\\\",
                _ when point[0] == quote => "\\" + point,
                _ when Prints(point) => point,
                _ when code <= 0xff => $"\\x{code:x2}",
                _ when code <= 0xffff => $"\\u{code:x4}",
                _ => $"\\U{code:x8}",
            });
        }

        return result.Append(quote).ToString();
    }

    private static bool Prints(string point) => point == " " || CharUnicodeInfo.GetUnicodeCategory(point, 0) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static IEnumerable<string> SplitAtSpace(string text, int count)
    {
        var at = 0;
        while (true)
        {
            while (at < text.Length && IsSpace(text[at]))
                at++;
            if (at == text.Length)
                yield break;
            if (count-- == 0)
            {
                yield return text[at..];
                yield break;
            }

            var start = at;
            while (at < text.Length && !IsSpace(text[at]))
                at++;
            yield return text[start..at];
        }
    }

    private static IEnumerable<string> SplitAt(string text, string separator, int count)
    {
        var start = 0;
        while (count-- != 0 && text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0 and var at)
        {
            yield return text[start..at];
            start = at + separator.Length;
        }

        yield return text[start..];
    }

    private static string InsertBetween(string text, string part, int count)
    {
        var result = new StringBuilder();
        foreach (var point in CodePoints(text).Append(""))
        {
            result.Append(count-- != 0 ? part : "").Append(point);
            Budget.RefuseText(result.Length);
        }

        return result.ToString();
    }

    private static string Reverse(string text) => string.Concat(CodePoints(text).Reverse());
}
