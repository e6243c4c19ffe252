namespace LayerGrad.Runs.Statistics;

/// <summary>Which statistics a run writes: those of every run, and of the others those that <c>--statistics</c> names.</summary>
internal static class StatisticSelection
{
    private const string Everything = "all";

    /// <summary>The statistics of every run.</summary>
    public static IReadOnlyList<Statistic> Default { get; } = [.. Statistic.All.Where(statistic => !statistic.IsChosen)];

    /// <summary>The names that may be chosen, with commas between them.</summary>
    public static string Choices => string.Join(", ", Statistic.All.Where(statistic => statistic.IsChosen));

    /// <summary>The chosen names in the table's order, each once; null where nothing is chosen beside what every run has.</summary>
    /// <param name="names">Names with commas between them, or <c>all</c>; null for none.</param>
    /// <exception cref="InputException">There is no statistic of a name.</exception>
    public static string? Normalized(string? names)
    {
        var chosen = Parse(names).Where(statistic => statistic.IsChosen).ToList();
        return chosen.Count == 0 ? null : string.Join(',', chosen);
    }

    /// <summary>The statistics that a line has, in the table's order.</summary>
    /// <param name="names">Names with commas between them, or <c>all</c>; null for those of every run.</param>
    /// <exception cref="InputException">There is no statistic of a name.</exception>
    public static IReadOnlyList<Statistic> Parse(string? names)
    {
        if (names is null)
            return Default;
        var named = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (named.Length == 0)
            throw new InputException($"--statistics {names}: name at least one of {Choices}, or {Everything}.");
        foreach (var name in named)
        {
            if (!Is(name, Everything) && !Statistic.All.Any(statistic => Is(name, statistic.Key)))
                throw new InputException($"--statistics {name}: no such statistic; there are {Choices}, and {Everything} of them ({string.Join(", ", Default)} are in every run).");
        }

        return [.. Statistic.All.Where(statistic => !statistic.IsChosen || named.Any(name => Is(name, Everything) || Is(name, statistic.Key)))];
    }

    private static bool Is(string name, string key) => string.Equals(name, key, StringComparison.OrdinalIgnoreCase);
}
