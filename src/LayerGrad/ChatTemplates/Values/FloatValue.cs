namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>float</c>.</summary>
internal sealed class FloatValue(double value) : NumberValue
{
    public override string TypeName => "float";

    public override double AsDouble => value;

    public override string Text => Shortest(value);
}
