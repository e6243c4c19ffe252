namespace LayerGrad;

/// <summary>How far apart two words are, to suggest the nearest known one.</summary>
internal static class EditDistance
{
    /// <summary>
    /// The fewest insertions, deletions and replacements of characters, and exchanges of neighbours, that turn one text
    /// into the other (Damerau 1964; optimal string alignment).
    /// </summary>
    /// <param name="a">One text.</param>
    /// <param name="b">The other.</param>
    public static int Between(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
