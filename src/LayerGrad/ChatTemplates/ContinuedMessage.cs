using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates;

/// <summary>
/// A last turn that stays open, as <c>continue_final_message</c> of transformers 5 leaves it: a mark is written behind the turn's text, and
/// what the template writes is cut at the mark. Where the template trims the text, and with it the mark's own blank, blanks before the mark go too.
/// </summary>
internal sealed class ContinuedMessage
{
    private const string Tag = "CONTINUE_FINAL_MESSAGE_TAG ";

    private readonly string _text;

    private ContinuedMessage(string text) => _text = text;

    /// <summary>Puts the mark into the last of the turns.</summary>
    /// <param name="messages">The turns; the last one is replaced.</param>
    /// <param name="source">The template.</param>
    /// <exception cref="EvaluationException">There is no last turn, it has no text, or the template reads no content.</exception>
    public static ContinuedMessage Mark(Value[] messages, string source)
    {
        if (messages.Length == 0)
            throw new EvaluationException("there is no last turn to continue");
        var last = (DictionaryValue)messages[^1];
        var content = last.Element(new StringValue("content"))
            ?? throw new EvaluationException("the last turn has no content to continue");
        if (!source.Contains("content", StringComparison.Ordinal))
            throw new EvaluationException("the template reads no content, so that the last turn cannot be continued");
        var (marked, text) = content is ListValue parts ? MarkPart(parts) : MarkText(content);
        messages[^1] = With(last, "content", marked);
        return new ContinuedMessage(text);
    }

    /// <summary>What the template wrote, up to the mark.</summary>
    /// <exception cref="EvaluationException">The last turn does not stand in it as it is.</exception>
    public string Cut(string rendered)
    {
        var mark = rendered.LastIndexOf(Tag[..^1], StringComparison.Ordinal);
        if (mark < 0 || !rendered.Contains(PythonText.Strip(_text, null), StringComparison.Ordinal))
            throw new EvaluationException("the last turn cannot be continued: what the template writes does not hold it as it is");
        var cut = rendered[..mark];
        return string.CompareOrdinal(rendered, mark, Tag, 0, Tag.Length) == 0 ? cut : PythonText.Strip(cut, null, left: false);
    }

    private static (Value Marked, string Text) MarkText(Value content) => content is StringValue text
        ? (new StringValue(text.Text + Tag), text.Text)
        : throw new EvaluationException("the content of the last turn is no text that could be continued");

    private static (Value Marked, string Text) MarkPart(ListValue parts)
    {
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            if (parts.Items[i] is not DictionaryValue part || part.Element(new StringValue("text")) is not { } found)
                continue;
            var (marked, text) = MarkText(found);
            return (new ListValue([.. parts.Items.Take(i), With(part, "text", marked), .. parts.Items.Skip(i + 1)]), text);
        }

        throw new EvaluationException("the last turn has no part with text to continue");
    }

    private static DictionaryValue With(DictionaryValue dictionary, string key, Value value) =>
        new(dictionary.Entries.Append(KeyValuePair.Create<Value, Value>(new StringValue(key), value)));
}
