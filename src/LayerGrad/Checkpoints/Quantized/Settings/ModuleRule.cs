using System.Text.RegularExpressions;

namespace LayerGrad.Checkpoints.Quantized.Settings;

/// <summary>What holds of the modules whose names fit a pattern.</summary>
/// <param name="Pattern">Fits from the beginning of a name on.</param>
/// <param name="Bits">Bits of a code; null for the general ones.</param>
/// <param name="GroupSize">Elements of a group, −1 for a whole line; null for the general ones.</param>
internal sealed record ModuleRule(Regex Pattern, int? Bits, int? GroupSize)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    /// <summary>A pattern of Python's <c>re.match</c>.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static Regex Compile(string pattern) => new($@"\A(?:{pattern})", RegexOptions.CultureInvariant, s_longest);
}
