using System.Globalization;
using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Analysis.Output;

/// <summary>Numbers as a reader wants them: three significant digits, an interval to the decimals of its number.</summary>
internal static class NumberText
{
    private const string Missing = "–";
    private const int Digits = 3;

    /// <summary>Where a column's numbers lie farther apart than this, each keeps digits of its own.</summary>
    private const double ColumnRange = 1e4;

    private const double Smallest = 1e-3;
    private const double Largest = 1e5;

    /// <summary>A number; a dash where there is none.</summary>
    public static string Of(double value) => Written(value, Decimals(value));

    /// <summary>A number with its interval behind it.</summary>
    public static string Of(Estimate estimate) => WithInterval(estimate, Decimals(estimate.Value));

    /// <summary>The numbers of a table's column, all to the same decimals, so that they can be compared by eye.</summary>
    /// <param name="estimates">The numbers.</param>
    /// <param name="digits">Significant digits of the smallest.</param>
    public static string[] Column(IEnumerable<Estimate> estimates, int digits = 2)
    {
        var all = estimates.ToArray();
        var sizes = all.Select(estimate => Math.Abs(estimate.Value)).Where(size => size > 0 && double.IsFinite(size)).ToArray();
        if (sizes.Length == 0 || sizes.Max() / sizes.Min() > ColumnRange || sizes.Min() < Smallest || sizes.Max() >= Largest)
            return [.. all.Select(Of)];
        var decimals = Math.Clamp(digits - 1 - (int)Math.Floor(Math.Log10(sizes.Min())), 0, 4);
        return [.. all.Select(estimate => WithInterval(estimate, decimals))];
    }

    /// <summary>Numbers without intervals, as <see cref="Column(IEnumerable{Estimate}, int)"/>.</summary>
    public static string[] Column(IEnumerable<double> values) => Column(values.Select(value => new Estimate(value, double.NaN, double.NaN)));

    /// <summary>A share of one to two decimals, with its interval.</summary>
    public static string Share(Estimate estimate) => WithInterval(estimate, 2);

    private static string WithInterval(Estimate estimate, int decimals)
    {
        var number = Written(estimate.Value, decimals);
        return double.IsNaN(estimate.Low) || !estimate.IsDefined
            ? number
            : $"{number} [{Written(estimate.Low, decimals)}, {Written(estimate.High, decimals)}]";
    }

    /// <summary>Decimals that leave three significant digits; −1 for a number so small or large that it takes an exponent.</summary>
    private static int Decimals(double value)
    {
        var size = Math.Abs(value);
        if (size == 0 || !double.IsFinite(size))
            return 0;
        return size is < Smallest or >= Largest ? -1 : Math.Clamp(Digits - 1 - (int)Math.Floor(Math.Log10(size)), 0, 5);
    }

    private static string Written(double value, int decimals) =>
        double.IsNaN(value) ? Missing
        : decimals < 0 ? value.ToString("0.00e+0", CultureInfo.InvariantCulture)
        : Fixed(value, decimals);

    private static string Fixed(double value, int decimals) =>
        double.IsNaN(value) ? Missing : value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
