using LayerGrad.ChatTemplates.Library;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>str</c>. Length and positions count code points.</summary>
internal sealed class StringValue : Value
{
    private readonly string text;
    private int length = -1;

    /// <summary>A text.</summary>
    /// <param name="text">Its characters.</param>
    /// <param name="isMarkup">See <see cref="IsMarkup"/>.</param>
    /// <exception cref="EvaluationException">It is longer than texts may be.</exception>
    public StringValue(string text, bool isMarkup = false)
    {
        Budget.RefuseText(text.Length);
        this.text = text;
        IsMarkup = isMarkup;
    }

    /// <summary>
    /// Whether it went through <c>safe</c> or <c>escape</c>: MarkupSafe's <c>Markup</c>, which escapes for HTML whatever is added to it, although
    /// nothing else is escaped in chat templates.
    /// </summary>
    public bool IsMarkup { get; }

    public override long Size => text.Length + 1;

    public override string TypeName => IsMarkup ? "Markup" : "str";

    public override bool IsTrue => text.Length > 0;

    public override string Text => text;

    public override string Representation => IsMarkup ? $"Markup({PythonText.Representation(text)})" : PythonText.Representation(text);

    public override int Length => length < 0 ? length = PythonText.Length(text) : length;

    public override bool IsIterable => true;

    public override IEnumerable<Value> Elements()
    {
        Budget.RefuseList(Length);
        return PythonText.CodePoints(text).Select(point => new StringValue(point));
    }

    public override bool Contains(Value element) => element is StringValue part
        ? text.Contains(part.Text, StringComparison.Ordinal)
        : throw new EvaluationException($"'in <string>' requires string as left operand, not {element.TypeName}");

    public override Value? Element(Value key)
    {
        if (key is not IntegralValue index)
            return null;
        var at = index.AsLong < 0 ? index.AsLong + Length : index.AsLong;
        if (at < 0 || at >= Length)
            return null;
        return new StringValue(Length == text.Length ? text.Substring((int)at, 1) : PythonText.CodePoints(text).ElementAt((int)at), IsMarkup);
    }

    /// <summary>A stretch of code points.</summary>
    public StringValue Slice(int start, int end) => Length == text.Length
        ? new StringValue(text[start..end], IsMarkup)
        : new StringValue(string.Concat(PythonText.CodePoints(text).Skip(start).Take(end - start)), IsMarkup);

    public override Value? Member(string name) => IsMarkup ? Markup.Method(text, name) : StringMethods.Find(text, name);

    public override bool Equals(Value? other) => other is StringValue value && value.Text == text;

    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);
}
