using System.Globalization;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Analysis.Agreement;

/// <summary>
/// Which rows of a kernel belong to which set, and which of them share a prompt. Rows of one prompt are no independent draws, in whatever set they stand:
/// they are drawn together, and no pair of them counts where independent pairs are needed.
/// </summary>
internal sealed class ComparedSets
{
    private readonly int[][] _strata;

    private ComparedSets(IReadOnlyList<string> names, IReadOnlyList<int[]> rows, IReadOnlyList<int?> questions)
    {
        (Names, Rows) = (names, [.. rows.SelectMany(set => set)]);
        Starts = [.. Enumerable.Range(0, rows.Count + 1).Select(set => rows.Take(set).Sum(members => members.Length))];
        var numbers = new Dictionary<(int? Question, int Row), int>();
        QuestionOf = [.. Rows.Select(row =>
        {
            var key = (questions[row], questions[row] is null ? row : -1);
            return numbers.TryGetValue(key, out var number) ? number : numbers[key] = numbers.Count;
        })];
        Questions = numbers.Count;
        Counts = [.. names.Select((_, set) =>
        {
            var counts = new int[Questions];
            for (var row = Starts[set]; row < Starts[set + 1]; row++)
                counts[QuestionOf[row]]++;
            return counts;
        })];

        // Prompts that stand in the same sets as often are drawn among each other, so that every draw has sets of the same sizes.
        _strata = [.. Enumerable.Range(0, Questions).GroupBy(question => string.Join(',', Counts.Select(counts => counts[question])), StringComparer.Ordinal).Select(group => group.ToArray())];
    }

    /// <summary>The names of the sets.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The rows of the kernel, those of the first set first.</summary>
    public int[] Rows { get; }

    /// <summary>Where in <see cref="Rows"/> each set begins, and behind the last the end.</summary>
    public int[] Starts { get; }

    /// <summary>The prompt of each of <see cref="Rows"/>.</summary>
    public int[] QuestionOf { get; }

    /// <summary>How many prompts there are.</summary>
    public int Questions { get; }

    /// <summary>How often each prompt stands in each set.</summary>
    public int[][] Counts { get; }

    /// <summary>How many examples a set has.</summary>
    public int SizeOf(int set) => Starts[set + 1] - Starts[set];

    /// <summary>How many prompts stand in both of two sets.</summary>
    public int Shared(int a, int b) => Enumerable.Range(0, Questions).Count(question => Counts[a][question] > 0 && Counts[b][question] > 0);

    /// <summary>Finds the sets.</summary>
    /// <param name="options">Which are asked for.</param>
    /// <param name="axes">The kernel's axes.</param>
    /// <exception cref="InputException">There is no such set, or one has fewer than two examples.</exception>
    public static ComparedSets Of(AgreementOptions options, KernelAxes axes)
    {
        var names = axes.Sets;
        var chosen = options.Sets.Count == 0
            ? [.. names.Select(name => (Name: name, Rows: RowsOf(axes, member => member.Set == name)))]
            : options.Sets.Select(text => Parse(text, options, axes, names)).ToList();
        if (chosen.GroupBy(set => set.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InputException($"--sets: '{twice.Key}' is named twice");
        foreach (var (name, rows) in chosen)
        {
            if (rows.Length < 2)
                throw new InputException($"{options.Kernel}: set '{name}' has {(rows.Length == 1 ? "one example" : "no example")}; agreement takes two or more of each");
        }

        return new ComparedSets([.. chosen.Select(set => set.Name)], [.. chosen.Select(set => set.Rows)], [.. axes.Members.Select(member => member.Question)]);
    }

    /// <summary>How often each prompt is drawn.</summary>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="replicate">Which draw.</param>
    public double[] Draw(int seed, int replicate)
    {
        var counts = new double[Questions];
        var random = new Xoshiro256((ulong)seed, (uint)replicate);
        foreach (var stratum in _strata)
        {
            for (var i = 0; i < stratum.Length; i++)
                counts[stratum[random.Below(stratum.Length)]]++;
        }

        return counts;
    }

    private static (string Name, int[] Rows) Parse(string text, AgreementOptions options, KernelAxes axes, IReadOnlyList<string> names)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return names.Contains(text, StringComparer.Ordinal)
                ? (text, RowsOf(axes, member => member.Set == text))
                : throw new InputException($"--sets {text}: {options.Kernel} has no such set; it has {string.Join(", ", names)}, and parts of one set are written NAME=A:B");
        }

        if (names.Count > 1)
            throw new InputException($"--sets {text}: {options.Kernel} has the sets {string.Join(", ", names)}; ranges of positions divide a kernel of one");
        var range = Range(text, equals);
        return (text[..equals], RowsOf(axes, member =>
            int.TryParse(member.Position, NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position >= range.Start && !(position >= range.End)));
    }

    private static ExampleRange Range(string text, int equals)
    {
        try
        {
            return ExampleRange.Parse(text[(equals + 1)..]);
        }
        catch (InputException error)
        {
            throw new InputException($"--sets {text}: expected NAME=A:B with A below B, such as first=0:100; B is not included", error);
        }
    }

    private static int[] RowsOf(KernelAxes axes, Func<KernelExample, bool> isMember) => [.. Enumerable.Range(0, axes.Members.Count).Where(row => isMember(axes.Members[row]))];
}
