using System.Globalization;

namespace LayerGrad.Measuring;

/// <summary>Amounts of memory as people write them: <c>6GiB</c>, <c>512MB</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, double Bytes)[] s_units =
    [
        ("KiB", 1024.0), ("MiB", 1024.0 * 1024), ("GiB", 1024.0 * 1024 * 1024), ("TiB", 1024.0 * 1024 * 1024 * 1024),
        ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>Reads an amount.</summary>
    /// <param name="text">A number and a unit.</param>
    /// <param name="option">What errors call the option.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="InputException">It is not an amount, or its unit is unknown.</exception>
    public static long Parse(string text, string option = "--memory")
    {
        foreach (var (unit, bytes) in s_units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            var digits = text.AsSpan(0, text.Length - unit.Length).Trim();
            if (double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 && number * bytes < 1e18)
                return (long)(number * bytes);
            break;
        }

        throw new InputException($"{option} {text}: expected a number and a unit, such as 6GiB or 512MiB.");
    }

    /// <summary>Writes an amount as an option takes it, without a space.</summary>
    public static string FormatOption(long bytes) => Format(bytes).Replace(" ", "", StringComparison.Ordinal);

    /// <summary>Writes an amount in the largest binary unit that leaves a number above 1.</summary>
    public static string Format(long bytes)
    {
        var (unit, size) = s_units[..4].LastOrDefault(entry => bytes >= entry.Bytes);
        return unit is null
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / size:0.0} {unit}");
    }
}
