using System.Globalization;
using System.Text;

namespace LayerGrad.ChatTemplates.Library;

/// <summary>Python's <c>datetime.strftime</c> in the C locale, for a date at midnight.</summary>
internal static class Strftime
{
    /// <summary>Formats a date.</summary>
    public static string Format(DateOnly date, string format)
    {
        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            var padded = format[++i] != '-' || i + 1 == format.Length;
            if (!padded)
                i++;
            var field = Field(date, format[i]);
            result.Append(padded ? field : field.TrimStart('0') is { Length: > 0 } bare ? bare : "0");
        }

        return result.ToString();
    }

    private static string Field(DateOnly date, char directive) => directive switch
    {
        'd' => Invariant(date, "dd"),
        'e' => date.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'm' => Invariant(date, "MM"),
        'b' or 'h' => Invariant(date, "MMM"),
        'B' => Invariant(date, "MMMM"),
        'y' => Invariant(date, "yy"),
        'Y' => date.Year.ToString(CultureInfo.InvariantCulture),
        'C' => (date.Year / 100).ToString("00", CultureInfo.InvariantCulture),
        'a' => Invariant(date, "ddd"),
        'A' => Invariant(date, "dddd"),
        'j' => date.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)date.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'u' => (((int)date.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'F' => Invariant(date, "yyyy-MM-dd"),
        'D' or 'x' => Invariant(date, "MM/dd/yy"),
        'H' or 'M' or 'S' => "00",
        'I' => "12",
        'f' => "000000",
        'p' => "AM",
        'T' or 'X' => "00:00:00",
        'R' => "00:00",
        'c' => $"{Invariant(date, "ddd MMM")} {date.Day,2} 00:00:00 {date.Year}",
        'n' => "\n",
        't' => "\t",
        'z' or 'Z' => "",
        '%' => "%",
        _ => throw new EvaluationException($"strftime_now: the directive '%{directive}' is not supported"),
    };

    private static string Invariant(DateOnly date, string format) => date.ToString(format, CultureInfo.InvariantCulture);
}
