namespace LayerGrad;

/// <summary>How far apart two words are, to suggest the nearest known one.</summary>
public static class EditDistance
{
    /// <summary>The fewest insertions, deletions and replacements of characters that turn one text into the other (Levenshtein 1966).</summary>
    /// <param name="a">One text.</param>
    /// <param name="b">The other.</param>
    public static int Between(string a, string b)
    {
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
