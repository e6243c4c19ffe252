using System.Globalization;

namespace LayerGrad.ChatTemplates.Values;

/// <summary>A number: Python's <c>bool</c>, <c>int</c> (64 bits here) or <c>float</c>. They compare across the three types.</summary>
internal abstract class NumberValue : Value
{
    /// <summary>The value as a float.</summary>
    public abstract double AsDouble { get; }

    public override bool IsTrue => AsDouble != 0;

    public override bool Equals(Value? other) => (this, other) switch
    {
        (IntegralValue a, IntegralValue b) => a.AsLong == b.AsLong,
        (_, NumberValue number) => AsDouble == number.AsDouble,
        _ => false,
    };

    // Seeded, so that no template can choose keys that fall together; an integer hashes as the float that it equals.
    public override int GetHashCode() => this is IntegralValue { AsLong: var whole } && whole != (long)(double)whole
        ? HashCode.Combine(whole)
        : HashCode.Combine(BitConverter.DoubleToInt64Bits(AsDouble + 0.0));

    /// <summary>Python's <c>repr</c> of a float: the shortest digits that read back as the same number.</summary>
    protected static string Shortest(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        var scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        for (var digits = 0; digits < 16; digits++)
        {
            var candidate = value.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) == value)
            {
                scientific = candidate;
                break;
            }
        }

        var parts = scientific.Split('E');
        var exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var sign = parts[0][0] == '-' ? "-" : "";
        var mantissa = parts[0].Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
        if (exponent is < -4 or >= 16)
        {
            var fraction = mantissa.Length > 1 ? "." + mantissa[1..] : "";
            return $"{sign}{mantissa[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0)
            return sign + "0." + new string('0', -exponent - 1) + mantissa;
        var whole = mantissa.PadRight(exponent + 1, '0');
        return sign + whole[..(exponent + 1)] + "." + (whole.Length > exponent + 1 ? whole[(exponent + 1)..] : "0");
    }
}
