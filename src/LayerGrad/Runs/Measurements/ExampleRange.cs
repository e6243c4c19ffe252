using System.Globalization;

namespace LayerGrad.Runs.Measurements;

/// <summary>A part of a dataset by position, half-open: <c>10:20</c> holds the examples 10 to 19.</summary>
/// <param name="Start">The first position, from 0.</param>
/// <param name="End">The position after the last; null for the dataset's end.</param>
internal sealed record ExampleRange(int Start, int? End)
{
    /// <summary>Reads <c>A:B</c>; either may be left out.</summary>
    /// <exception cref="InputException">It is not of that form, or it is empty.</exception>
    public static ExampleRange Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length == 2 && TryParse(parts[0], out var start) && TryParse(parts[1], out var end) && !(end <= (start ?? 0)))
            return new ExampleRange(start ?? 0, end);
        throw new InputException($"--range {text}: expected A:B with A below B, such as 0:100; B is not included.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start}:{End}");

    private static bool TryParse(string text, out int? value)
    {
        value = null;
        if (text.Length == 0)
            return true;
        var sound = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        value = number;
        return sound;
    }
}
