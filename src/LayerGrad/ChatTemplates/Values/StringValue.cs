using LayerGrad.ChatTemplates.Library;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>str</c>. Length and positions count code points.</summary>
internal sealed class StringValue(string text) : Value
{
    public override string TypeName => "str";

    public override bool IsTrue => text.Length > 0;

    public override string Text => text;

    public override string Representation => PythonText.Representation(text);

    public override int Length => PythonText.Length(text);

    public override bool IsIterable => true;

    public override IEnumerable<Value> Elements() => PythonText.CodePoints(text).Select(point => new StringValue(point));

    public override bool Contains(Value element) => element is StringValue part
        ? text.Contains(part.Text, StringComparison.Ordinal)
        : throw new EvaluationException($"'in <string>' requires string as left operand, not {element.TypeName}");

    public override Value? Element(Value key)
    {
        if (key is not IntegralValue index)
            return null;
        var points = PythonText.CodePoints(text);
        var at = index.AsLong < 0 ? index.AsLong + points.Count : index.AsLong;
        return at >= 0 && at < points.Count ? new StringValue(points[(int)at]) : null;
    }

    public override Value? Member(string name) => StringMethods.Find(text, name);

    public override bool Equals(Value? other) => other is StringValue value && value.Text == text;

    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);
}
