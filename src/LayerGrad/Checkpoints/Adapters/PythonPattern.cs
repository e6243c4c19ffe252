using System.Text.RegularExpressions;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>A regular expression as Python's <c>re</c> reads it. What the two dialects share is nearly all; named groups are written otherwise.</summary>
internal static class PythonPattern
{
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(2);

    /// <summary>Whether a pattern matches the whole of a text, as <c>re.fullmatch</c>.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <param name="place">Where the pattern stands, for the message.</param>
    /// <exception cref="InputException">It is no regular expression, or does not come to an end.</exception>
    public static bool MatchesWhole(string pattern, string text, string place) => Match($@"(?:{pattern})\z", text, place) is { Success: true };

    /// <summary>The match at the beginning of a text, as <c>re.match</c>; <c>$</c> and <c>^</c> as Python has them without flags.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <param name="place">Where the pattern stands, for the message.</param>
    /// <exception cref="InputException">It is no regular expression, or does not come to an end.</exception>
    public static Match Match(string pattern, string text, string place)
    {
        try
        {
            return Regex.Match(text, @"\A(?:" + Translated(pattern) + ")", RegexOptions.CultureInvariant, s_most);
        }
        catch (ArgumentException error)
        {
            throw new InputException($"{place}: '{pattern}' is no regular expression: {PatternFault.Of(error)}", error);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InputException($"{place}: the regular expression '{pattern}' takes too long on '{text}'; simplify it", error);
        }
    }

    private static string Translated(string pattern) => pattern
        .Replace("(?P<", "(?<", StringComparison.Ordinal).Replace("\\Z", "\\z", StringComparison.Ordinal);
}
