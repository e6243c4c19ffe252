namespace LayerGrad.Data;

/// <summary>Deals items out to places so that no place gets an item of its own kind.</summary>
internal static class Derangement
{
    /// <summary>
    /// Deals the items of all places out anew. Place i holds an item of kind <c>kinds[i]</c>; the permutation found
    /// gives it an item of another kind wherever that is possible: for every place if no kind has more than half of
    /// the items, and otherwise for all but 2m - n of them, m being the size of the largest kind.
    /// </summary>
    /// <remarks>
    /// Sorted by kind, a rotation by m moves every item out of its own kind's run (runs are at most m long, and n - m
    /// places lie on the other side). That arrangement is then stirred by random exchanges that break no rule.
    /// </remarks>
    /// <param name="kinds">The kind of the item at each place, numbered from 0 without gaps.</param>
    /// <param name="random">Where the chances come from.</param>
    /// <param name="forbidden">A further rule: whether place i may not have the item of place j. The stirring keeps to it and mends what it can.</param>
    /// <returns>For each place, the place whose item it gets.</returns>
    public static int[] Deal(int[] kinds, SeededRandom random, Func<int, int, bool>? forbidden = null)
    {
        var n = kinds.Length;
        if (n < 2)
            return [.. Enumerable.Range(0, n)];
        var sizes = new int[kinds.Max() + 1];
        foreach (var kind in kinds)
            sizes[kind]++;
        var order = random.Sample(sizes.Length, sizes.Length);
        var sorted = random.Sample(n, n).OrderBy(i => order[kinds[i]]).ToArray();
        var shift = sizes.Max();
        var source = new int[n];
        for (var j = 0; j < n; j++)
            source[sorted[j]] = sorted[(j + shift) % n];

        Func<int, int, bool> bad = forbidden is null
            ? (place, item) => kinds[place] == kinds[item]
            : (place, item) => kinds[place] == kinds[item] || forbidden(place, item);
        Stir(source, bad, random);
        Mend(source, bad);
        return source;
    }

    private static void Stir(int[] source, Func<int, int, bool> bad, SeededRandom random)
    {
        for (var step = 0; step < 20 * source.Length; step++)
            ExchangeIfNoWorse(source, random.Next(source.Length), random.Next(source.Length), bad);
    }

    private static void Mend(int[] source, Func<int, int, bool> bad)
    {
        for (var i = 0; i < source.Length; i++)
        {
            for (var j = 0; j < source.Length && bad(i, source[i]); j++)
                ExchangeIfNoWorse(source, i, j, bad);
        }
    }

    private static void ExchangeIfNoWorse(int[] source, int i, int j, Func<int, int, bool> bad)
    {
        var before = Count(bad(i, source[i])) + Count(bad(j, source[j]));
        var after = Count(bad(i, source[j])) + Count(bad(j, source[i]));
        if (after <= before)
            (source[i], source[j]) = (source[j], source[i]);
    }

    private static int Count(bool condition) => condition ? 1 : 0;
}
