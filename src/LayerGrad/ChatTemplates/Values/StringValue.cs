using LayerGrad.ChatTemplates.Library;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>str</c>. Length and positions count code points.</summary>
internal sealed class StringValue : Value
{
    private readonly string _text;
    private int _length = -1;

    /// <summary>A text.</summary>
    /// <param name="text">Its characters.</param>
    /// <param name="isMarkup">See <see cref="IsMarkup"/>.</param>
    /// <exception cref="EvaluationException">It is longer than texts may be.</exception>
    public StringValue(string text, bool isMarkup = false)
    {
        Budget.RefuseText(text.Length);
        _text = text;
        IsMarkup = isMarkup;
    }

    /// <summary>
    /// Whether it went through <c>safe</c> or <c>escape</c>: MarkupSafe's <c>Markup</c>, which escapes for HTML whatever is added to it, although
    /// nothing else is escaped in chat templates.
    /// </summary>
    public bool IsMarkup { get; }

    public override long Size => _text.Length + 1;

    public override string TypeName => IsMarkup ? "Markup" : "str";

    public override bool IsTrue => _text.Length > 0;

    public override string Text => _text;

    public override string Representation => IsMarkup ? $"Markup({PythonText.Representation(_text)})" : PythonText.Representation(_text);

    public override int Length => _length < 0 ? _length = PythonText.Length(_text) : _length;

    public override bool IsIterable => true;

    public override IEnumerable<Value> Elements()
    {
        Budget.RefuseList(Length);
        return PythonText.CodePoints(_text).Select(point => new StringValue(point));
    }

    public override bool Contains(Value element) => element is StringValue part
        ? _text.Contains(part.Text, StringComparison.Ordinal)
        : throw new EvaluationException($"'in <string>' requires string as left operand, not {element.TypeName}");

    public override Value? Element(Value key)
    {
        if (key is not IntegralValue index)
            return null;
        var at = index.AsLong < 0 ? index.AsLong + Length : index.AsLong;
        if (at < 0 || at >= Length)
            return null;
        return new StringValue(Length == _text.Length ? _text.Substring((int)at, 1) : PythonText.CodePoints(_text).ElementAt((int)at), IsMarkup);
    }

    /// <summary>A stretch of code points.</summary>
    public StringValue Slice(int start, int end) => Length == _text.Length
        ? new StringValue(_text[start..end], IsMarkup)
        : new StringValue(string.Concat(PythonText.CodePoints(_text).Skip(start).Take(end - start)), IsMarkup);

    public override Value? Member(string name) => IsMarkup ? Markup.Method(_text, name) : StringMethods.Find(_text, name);

    public override bool Equals(Value? other) => other is StringValue value && value.Text == _text;

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);
}
