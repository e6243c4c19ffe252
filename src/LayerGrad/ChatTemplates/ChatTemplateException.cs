namespace LayerGrad.ChatTemplates;

/// <summary>A chat template that cannot be parsed, fails while it is rendered, or refuses a conversation.</summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>An error at a place of a template.</summary>
    /// <param name="reason">What is wrong.</param>
    /// <param name="template">The template's name.</param>
    /// <param name="line">The line of the template, from 1.</param>
    /// <param name="column">The column of the line, from 1.</param>
    /// <param name="raisedByTemplate">Whether the template itself raised it.</param>
    public ChatTemplateException(string reason, string template, int line, int column, bool raisedByTemplate = false)
        : base($"{template}:{line}:{column}: {reason}")
    {
        Reason = reason;
        Line = line;
        Column = column;
        RaisedByTemplate = raisedByTemplate;
    }

    /// <summary>What is wrong; the template's own words where it called <c>raise_exception</c>.</summary>
    public string Reason { get; }

    /// <summary>The line of the template, from 1.</summary>
    public int Line { get; }

    /// <summary>The column of the line, from 1, in UTF-16 units.</summary>
    public int Column { get; }

    /// <summary>Whether the template itself raised it (<c>raise_exception</c>): it does not take this conversation.</summary>
    public bool RaisedByTemplate { get; }
}
