using System.Globalization;
using System.Text;

namespace LayerGrad;

/// <summary>
/// Text from files as it may stand on a terminal: what moves the cursor, colours, ends a line or turns the direction of reading
/// around is written as an escape, so that no file can make a message say what it does not say.
/// </summary>
internal static class PlainText
{
    /// <summary>The most characters of a message.</summary>
    public const int LongestMessage = 500;

    /// <summary>How much of a message that is too long is kept of its end, where it says what to do.</summary>
    private const int KeptEnd = 180;

    /// <summary>The text on one line, with escapes such as <c>\n</c>, <c>\x1b</c> and <c>\u202e</c>.</summary>
    public static string Escape(string text) => Escape(text, static _ => false);

    /// <summary>The text with its line feeds and tabs as they are and everything else escaped.</summary>
    public static string EscapeLines(string text) => Escape(text, static c => c is '\n' or '\t');

    /// <summary>Comma-separated values with a line a record: line ends and tabs within a quoted cell are escaped too.</summary>
    public static string EscapeCsv(string text)
    {
        var isQuoted = false;
        return Escape(text, c =>
        {
            // A quote within a quoted cell is doubled, so that it ends the cell and begins it again.
            isQuoted ^= c == '"';
            return c is '\n' or '\t' && !isQuoted;
        });
    }

    /// <summary>A message: on one line, and cut in its middle where it is longer than <see cref="LongestMessage"/>.</summary>
    public static string Message(string text)
    {
        const string Cut = " … ";
        var line = Escape(text);
        if (line.Length <= LongestMessage)
            return line;
        var (first, second) = (LongestMessage - KeptEnd - Cut.Length, line.Length - KeptEnd);
        first -= char.IsHighSurrogate(line[first - 1]) ? 1 : 0;
        second += char.IsLowSurrogate(line[second]) ? 1 : 0;
        return string.Concat(line.AsSpan(0, first), Cut, line.AsSpan(second));
    }

    /// <summary>Whether a character changes more than its own place: C0 and C1 controls, line ends, and controls of direction (Unicode's Bidi_Control).</summary>
    public static bool IsControl(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    /// <summary>A control character as an escape.</summary>
    public static string Escaped(char c) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < '\u0100' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };

    private static string Escape(string text, Func<char, bool> isKept)
    {
        if (!text.Any(IsControl))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
            _ = !isKept(c) && IsControl(c) ? escaped.Append(Escaped(c)) : escaped.Append(c);
        return escaped.ToString();
    }
}
