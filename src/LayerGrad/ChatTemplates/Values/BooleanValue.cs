namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>bool</c>.</summary>
internal sealed class BooleanValue : IntegralValue
{
    /// <summary>True.</summary>
    public static readonly BooleanValue True = new(1);

    /// <summary>False.</summary>
    public static readonly BooleanValue False = new(0);

    private BooleanValue(long value) => AsLong = value;

    public override string TypeName => "bool";

    public override long AsLong { get; }

    public override string Text => AsLong != 0 ? "True" : "False";

    /// <summary>The value of a truth.</summary>
    public static BooleanValue Of(bool truth) => truth ? True : False;
}
