namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>None</c>.</summary>
internal sealed class NoneValue : Value
{
    /// <summary>The only one.</summary>
    public static readonly NoneValue Instance = new();

    private NoneValue()
    {
    }

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;

    public override string Text => "None";

    public override bool Equals(Value? other) => other is NoneValue;

    public override int GetHashCode() => 0;
}
