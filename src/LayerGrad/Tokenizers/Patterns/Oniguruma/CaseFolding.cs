using System.Globalization;

namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>Full case folding (CaseFolding.txt of Unicode 16, statuses C and F): <c>ß</c> folds to <c>ss</c>, the Kelvin sign to <c>k</c>.</summary>
internal static class CaseFolding
{
    private static readonly Lazy<Dictionary<int, int[]>> s_folds = new(Read);
    private static readonly Lazy<ILookup<int, int>> s_unfolds = new(static () =>
        s_folds.Value.Where(static fold => fold.Value.Length == 1).ToLookup(static fold => fold.Value[0], static fold => fold.Key));

    /// <summary>The code points that a character folds to; itself where it folds to nothing else.</summary>
    /// <param name="code">The character.</param>
    /// <param name="folded">Room for three.</param>
    /// <returns>How many there are.</returns>
    public static int Fold(int code, Span<int> folded)
    {
        if (code < 128)
        {
            folded[0] = code is >= 'A' and <= 'Z' ? code | 0x20 : code;
            return 1;
        }

        if (!s_folds.Value.TryGetValue(code, out var to))
        {
            folded[0] = code;
            return 1;
        }

        to.CopyTo(folded);
        return to.Length;
    }

    /// <summary>What a text folds to.</summary>
    public static int[] Fold(IEnumerable<int> codes)
    {
        var result = new List<int>();
        Span<int> folded = stackalloc int[3];
        foreach (var code in codes)
            result.AddRange(folded[..Fold(code, folded)]);
        return [.. result];
    }

    /// <summary>A set with every character that folds to one character as a member does.</summary>
    public static CodePointSet Close(CodePointSet set)
    {
        var added = new List<int>();
        Span<int> folded = stackalloc int[3];
        foreach (var code in set.Members)
        {
            if (Fold(code, folded) != 1)
                continue;
            added.Add(folded[0]);
            added.AddRange(s_unfolds.Value[folded[0]]);
        }

        return CodePointSet.Union(set, CodePointSet.OfCodes(added));
    }

    /// <summary>What the members of a set fold to where that is more than one character.</summary>
    public static IEnumerable<int[]> Expansions(CodePointSet set) =>
        s_folds.Value.Where(fold => fold.Value.Length > 1 && set.Contains(fold.Key)).Select(static fold => fold.Value)
            .DistinctBy(static folded => string.Join(' ', folded)).OrderByDescending(static folded => folded.Length);

    private static Dictionary<int, int[]> Read()
    {
        var folds = new Dictionary<int, int[]>();
        foreach (var kind in (string[])["fold C:", "fold F:"])
        {
            foreach (var pair in CharacterProperties.Line(kind).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = pair.Split('=');
                folds[Hex(parts[0])] = [.. parts[1].Split('+').Select(Hex)];
            }
        }

        return folds;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
