using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerGrad.Tokenizers.Patterns;

/// <summary>
/// Any regular expression, by .NET's engine. That engine sees UTF-16 units, so it would take the halves of characters
/// beyond the Basic Multilingual Plane for surrogates instead of letters, numbers or symbols: such a character is shown to
/// it as one unit of the same general category, which is all that split patterns ask of it.
/// </summary>
internal sealed class RegexPattern : SplitPattern
{
    private static readonly Lazy<char[]> Representatives = new(MakeRepresentatives);
    private readonly Regex regex;

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">The expression, in Oniguruma's syntax as far as .NET shares it.</param>
    /// <param name="source">Where it stands, for the error message.</param>
    /// <exception cref="InputException">.NET's engine refuses the expression.</exception>
    public RegexPattern(string expression, string source)
    {
        try
        {
            regex = new Regex(PossessiveQuantifiers.ToAtomicGroups(expression), RegexOptions.Compiled | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException error)
        {
            throw new InputException($"{source}: the split pattern {expression} is not supported: {error.Message}", error);
        }
    }

    public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDBFF') < 0)
        {
            foreach (var match in regex.EnumerateMatches(text))
                Add(match.Index, match.Index + match.Length);
            return;
        }

        var shown = new char[text.Length];
        var positions = new int[text.Length + 1];
        var count = 0;
        for (var i = 0; i < text.Length; count++)
        {
            var length = UnicodeText.LengthAt(text, i);
            shown[count] = length == 1
                ? text[i]
                : Representatives.Value[(int)CharUnicodeInfo.GetUnicodeCategory(UnicodeText.CodePointAt(text, i))];
            positions[count] = i;
            i += length;
        }

        positions[count] = text.Length;
        foreach (var match in regex.EnumerateMatches(shown.AsSpan(0, count)))
            Add(positions[match.Index], positions[match.Index + match.Length]);

        void Add(int start, int end)
        {
            if (end > start)
                matches.Add(new PatternMatch(start, end));
        }
    }

    /// <summary>For each general category a unit that has it, far from those that patterns name.</summary>
    private static char[] MakeRepresentatives()
    {
        var representatives = new char[(int)UnicodeCategory.OtherNotAssigned + 1];
        for (var unit = 0; unit <= char.MaxValue; unit++)
            representatives[(int)CharUnicodeInfo.GetUnicodeCategory(unit)] = (char)unit;
        return representatives;
    }
}
