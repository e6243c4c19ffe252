using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerGrad;

/// <summary>Says where a foreign regular expression goes wrong.</summary>
internal static class PatternFault
{
    /// <summary>The place, in a few words.</summary>
    /// <param name="error">What compiling the expression threw.</param>
    public static string Of(ArgumentException error) => error is RegexParseException { Offset: var place }
        ? string.Create(CultureInfo.InvariantCulture, $"it goes wrong at character {place}")
        : "it goes wrong";
}
