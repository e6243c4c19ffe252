namespace LayerGrad.Data.Synthesis;

/// <summary>Writes word problems, all different, in two splits that share none.</summary>
internal static class ProblemSynthesis
{
    /// <summary>How many of all problems are held out: one in this many.</summary>
    private const ulong HeldOutShare = 10;

    /// <summary>So many repetitions in a row mean that nearly all problems have been written.</summary>
    private const int Patience = 20_000;

    /// <summary>The names of all kinds of problems.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. ProblemKind.All.Select(kind => kind.Name)];

    /// <summary>
    /// Whether a problem belongs to the held-out split. This depends on the problem alone, not on seed or count, so that no training
    /// split ever made shares a problem with any held-out split.
    /// </summary>
    /// <param name="problem">The problem.</param>
    public static bool IsHeldOut(SyntheticProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var hash = 14695981039346656037UL;
        foreach (var c in problem.Key)
            hash = (hash ^ c) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        return (hash ^ (hash >> 33)) % HeldOutShare == 0;
    }

    /// <summary>Writes problems.</summary>
    /// <param name="train">How many for training.</param>
    /// <param name="heldOut">How many to hold out.</param>
    /// <param name="seed">Equal seeds give equal problems on every machine.</param>
    /// <param name="kinds">Names of the kinds to draw from, each equally likely; all where empty.</param>
    /// <returns>The two splits; all problems differ in more than their wording.</returns>
    /// <exception cref="InputException">A kind is unknown, or there are not so many different problems of these kinds.</exception>
    public static (IReadOnlyList<SyntheticProblem> Train, IReadOnlyList<SyntheticProblem> HeldOut) Create(
        int train, int heldOut, ulong seed, IReadOnlyList<string> kinds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(train);
        ArgumentOutOfRangeException.ThrowIfNegative(heldOut);
        var chosen = kinds.Count == 0 ? ProblemKind.All : [.. kinds.Select(Find)];
        var random = new SeededRandom(seed);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (trained, held) = (new List<SyntheticProblem>(train), new List<SyntheticProblem>(heldOut));
        var repeated = 0;
        while (trained.Count < train || held.Count < heldOut)
        {
            var problem = chosen[random.Next(chosen.Count)].Create(random);
            if (!seen.Add(problem.Key))
            {
                if (++repeated > Patience)
                    throw new InputException($"there are only about {seen.Count} different problems of the kinds {string.Join(", ", chosen.Select(kind => kind.Name))}; ask for fewer, or for more kinds.");
                continue;
            }

            repeated = 0;
            var (split, wanted) = IsHeldOut(problem) ? (held, heldOut) : (trained, train);
            if (split.Count < wanted)
                split.Add(problem);
        }

        return (trained, held);
    }

    private static ProblemKind Find(string name) => ProblemKind.All.FirstOrDefault(kind => kind.Name == name)
        ?? throw new InputException($"'{name}' is no kind of problem; there are {string.Join(", ", Kinds)}.");
}
