namespace LayerGrad.ChatTemplates.Values;

/// <summary>A number without a fraction: an integer, or a Boolean counted as 0 or 1.</summary>
internal abstract class IntegralValue : NumberValue
{
    /// <summary>The value as an integer.</summary>
    public abstract long AsLong { get; }

    public override double AsDouble => AsLong;
}
