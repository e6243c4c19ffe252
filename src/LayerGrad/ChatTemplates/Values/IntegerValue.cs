using System.Globalization;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>Python's <c>int</c>, within 64 bits.</summary>
internal sealed class IntegerValue(long value) : IntegralValue
{
    public override string TypeName => "int";

    public override long AsLong => value;

    public override string Text => value.ToString(CultureInfo.InvariantCulture);
}
