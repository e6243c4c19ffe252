using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerGrad.Data.Detailing;

/// <summary>Finds the final answer in a response, and tells whether two answers are the same.</summary>
internal static partial class FinalAnswer
{
    private const string Mark = "The final answer is";

    /// <summary>The final answer of a response.</summary>
    /// <param name="response">A response; the study's None responses are the answer alone.</param>
    /// <returns>
    /// What follows the last "The final answer is" on its line, else the content of the last <c>\boxed{}</c>, else the
    /// whole response.
    /// </returns>
    public static string Of(string response) => Stated(response) ?? response.Trim();

    /// <summary>The final answer that a response states in so many words or in a box; null where it states none.</summary>
    public static string? Stated(string response)
    {
        var mark = response.LastIndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        if (mark >= 0)
        {
            var line = response[(mark + Mark.Length)..].TrimStart(' ', ':', '\t');
            var end = line.IndexOf('\n', StringComparison.Ordinal);
            return Unbox((end < 0 ? line : line[..end]).Trim());
        }

        var box = response.LastIndexOf("\\boxed{", StringComparison.Ordinal);
        return box < 0 ? null : Unbox(response[box..]);
    }

    /// <summary>Whether two answers are the same but for case, mark-up, full stop, an option's brackets and a number's writing.</summary>
    public static bool Same(string a, string b)
    {
        var (x, y) = (Plain(a), Plain(b));
        if (string.Equals(x, y, StringComparison.OrdinalIgnoreCase))
            return x.Length > 0;
        if (TryNumber(x, out var left) && TryNumber(y, out var right))
            return left == right;
        return Option(x) is { } first && Option(y) is { } second && first == second && (x.Length == 1 || y.Length == 1);
    }

    /// <summary>The letter of an option: "C", or "C) 14" and "C 14", brackets being gone already in part.</summary>
    private static char? Option(string text) => OptionLetter().Match(text) is { Success: true } match ? match.Groups["letter"].Value[0] : null;

    private static string Plain(string answer)
    {
        var text = Markup().Replace(answer, "${words}").Trim().TrimEnd('.').Trim();
        return text.StartsWith('(') && text.IndexOf(')') == 2 ? (text[1] + text[3..]).Trim() : text;
    }

    private static bool TryNumber(string text, out decimal number) =>
        decimal.TryParse(text.Replace(",", "", StringComparison.Ordinal).TrimStart('$').TrimEnd('%'), NumberStyles.Number, CultureInfo.InvariantCulture, out number);

    /// <summary>What stands between the braces of a <c>\boxed{}</c>, which may hold braces itself; other text as it is.</summary>
    private static string Unbox(string text)
    {
        var start = text.IndexOf("\\boxed{", StringComparison.Ordinal);
        if (start < 0)
            return text;
        start += "\\boxed{".Length;
        var depth = 1;
        for (var i = start; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
                return text[start..i];
        }

        return text[start..];
    }

    // Emphasis, code and mathematics delimiters, and \text{...} around words.
    [GeneratedRegex(@"\*\*|`|\\\(|\\\)|\\\[|\\\]|\\text\{(?<words>[^}]*)\}|(?<!\\)\$(?=\S.*\$)|(?<=\S)\$$", RegexOptions.ExplicitCapture)]
    private static partial Regex Markup();

    [GeneratedRegex(@"^(?<letter>[A-E])(?:[).:\s]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex OptionLetter();
}
