using System.Globalization;
using System.Text;

namespace LayerGrad.ChatTemplates;

/// <summary>A chat template that cannot be parsed, fails while it is rendered, or refuses a conversation.</summary>
internal sealed class ChatTemplateException : Exception
{
    private const int LongestShown = 500;

    /// <summary>An error at a place of a template.</summary>
    /// <param name="reason">What is wrong.</param>
    /// <param name="template">The template's name.</param>
    /// <param name="line">The line of the template, from 1.</param>
    /// <param name="column">The column of the line, from 1.</param>
    /// <param name="raisedByTemplate">Whether the template itself raised it.</param>
    /// <param name="isLimit">Whether the template takes more than it may.</param>
    public ChatTemplateException(string reason, string template, int line, int column, bool raisedByTemplate = false, bool isLimit = false)
        : base($"{template}:{line}:{column}: {OneLine(reason)}")
    {
        Reason = reason;
        Line = line;
        Column = column;
        RaisedByTemplate = raisedByTemplate;
        IsLimit = isLimit;
    }

    /// <summary>What is wrong; the template's own words where it called <c>raise_exception</c>.</summary>
    public string Reason { get; }

    /// <summary>The reason on one line, without characters that would steer a terminal, cut where it is very long.</summary>
    public string ShownReason => OneLine(Reason);

    /// <summary>The line of the template, from 1.</summary>
    public int Line { get; }

    /// <summary>The column of the line, from 1, in UTF-16 units.</summary>
    public int Column { get; }

    /// <summary>Whether the template itself raised it (<c>raise_exception</c>): it does not take this conversation.</summary>
    public bool RaisedByTemplate { get; }

    /// <summary>Whether the template takes more steps, characters or levels than it may.</summary>
    public bool IsLimit { get; }

    private static string OneLine(string reason)
    {
        var shown = new StringBuilder();
        foreach (var rune in reason.EnumerateRunes())
        {
            if (shown.Length >= LongestShown)
                return shown.Append('…').ToString();
            _ = rune.Value switch
            {
                '\n' => shown.Append("\\n"),
                '\r' => shown.Append("\\r"),
                '\t' => shown.Append("\\t"),
                _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator =>
                    shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => shown.Append(rune.ToString()),
            };
        }

        return shown.ToString();
    }
}
