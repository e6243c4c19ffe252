using System.Globalization;

namespace LayerGrad.Figures;

/// <summary>A mark on an axis and what is written there.</summary>
/// <param name="Value">Where it stands.</param>
/// <param name="Label">What is written; empty for a mark without a number.</param>
internal readonly record struct Tick(double Value, string Label);

/// <summary>Round places on an axis: 1, 2, 2.5 and 5 times a power of ten (Heckbert, "Nice numbers for graph labels", 1990).</summary>
internal static class Ticks
{
    private static readonly double[] s_steps = [1, 2, 2.5, 5, 10];

    /// <summary>About as many round values of a scale as asked for, with labels of equal precision.</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="count">How many fit; fewer may come, never more than one above.</param>
    /// <param name="whole">Whether only whole numbers may carry a mark, as layers and steps do.</param>
    public static IReadOnlyList<Tick> Of(Scale scale, int count, bool whole = false) =>
        scale.Kind == ScaleKind.Log ? OnLog(scale, Math.Max(count, 2)) : OnLinear(scale, Math.Max(count, 1), whole);

    /// <summary>A number in the fewest digits that keep it apart from others of its size; for labels, not for tables.</summary>
    public static string Format(double value)
    {
        if (value == 0)
            return "0";
        var size = Math.Abs(value);
        var text = size is >= 1e-4 and < 1e5
            ? Math.Round(value, Math.Clamp(3 - (int)Math.Floor(Math.Log10(size)), 0, 10)).ToString("0.#########", CultureInfo.InvariantCulture)
            : Scientific(value, 3);
        return text.Replace('-', '−');
    }

    private static List<Tick> OnLinear(Scale scale, int count, bool whole)
    {
        var step = NiceStep((scale.High - scale.Low) / count, whole);
        // Half a millionth of a step of slack: 3 · 0.1 is not 0.3, and must not lose its mark for it.
        var first = (long)Math.Ceiling((scale.Low / step) - 5e-7);
        var last = (long)Math.Floor((scale.High / step) + 5e-7);
        var largest = Math.Max(Math.Abs(first), Math.Abs(last)) * step;
        var ticks = new List<Tick>();
        for (var i = first; i <= last; i++)
            ticks.Add(new(i * step, i == 0 ? "0" : LinearLabel(i * step, step, largest)));
        return ticks;
    }

    /// <summary>The smallest round step that is not below a length.</summary>
    private static double NiceStep(double length, bool whole)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(length)));
        var step = s_steps.First(s => s * power >= length * (1 - 1e-9)) * power;
        return whole ? Math.Max(1, step is 2.5 ? 5 : step) : step;
    }

    private static string LinearLabel(double value, double step, double largest)
    {
        if (largest is >= 1e5 or < 1e-3)
            return Scientific(value, Math.Max(0, Exponent(value) - Exponent(step) + (Mantissa(step) == 2.5 ? 1 : 0))).Replace('-', '−');
        var decimals = Math.Max(0, -Exponent(step)) + (Mantissa(step) == 2.5 && step < 10 ? 1 : 0);
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture).Replace('-', '−');
    }

    private static List<Tick> OnLog(Scale scale, int count)
    {
        int first = (int)Math.Floor(Math.Log10(scale.Low)), last = (int)Math.Ceiling(Math.Log10(scale.High));
        var decades = Math.Log10(scale.High / scale.Low);
        double[] within = decades > count ? [1] : decades * 3 <= count + 1 ? [1, 2, 5] : decades * 2 <= count + 1 ? [1, 3] : [1];
        var every = Math.Max(1, (int)Math.Ceiling(decades / count));
        var plain = first >= -3 && last <= 5;
        var ticks = new List<Tick>();
        for (var power = first; power <= last; power++)
        {
            foreach (var digit in within)
            {
                var value = digit * Math.Pow(10, power);
                if (value >= scale.Low * (1 - 1e-9) && value <= scale.High * (1 + 1e-9) && power % every == 0)
                    ticks.Add(new(value, LogLabel(digit, power, plain)));
            }
        }

        // Less than a decade without a round value in it: the linear places serve better than none.
        return ticks.Count >= 2 ? ticks : OnLinear(new Scale(ScaleKind.Linear, scale.Low, scale.High), count, whole: false);
    }

    private static string LogLabel(double digit, int power, bool plain)
    {
        if (plain)
            return (digit * Math.Pow(10, power)).ToString("0.####", CultureInfo.InvariantCulture);
        var ten = "10" + Superscript(power);
        return digit == 1 ? ten : string.Create(CultureInfo.InvariantCulture, $"{digit}·{ten}");
    }

    private static string Scientific(double value, int decimals)
    {
        var power = Exponent(value);
        var digits = Math.Round(value / Math.Pow(10, power), Math.Min(decimals, 10)).ToString("0.##########", CultureInfo.InvariantCulture);
        var sign = digits.StartsWith('-') ? "-" : "";
        return digits.TrimStart('-') == "1" ? $"{sign}10{Superscript(power)}" : $"{digits}·10{Superscript(power)}";
    }

    private static int Exponent(double value) => (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9);

    private static double Mantissa(double value) => Math.Round(value / Math.Pow(10, Exponent(value)), 6);

    private static string Superscript(int number) => string.Concat(number.ToString(CultureInfo.InvariantCulture)
        .Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
}
