namespace LayerGrad.Runs.Statistics;

/// <summary>
/// A number for each example, layer and projection, as compared, plotted and reported: every <see cref="Statistic"/> of run files, and what is
/// made from them. A new one is an entry there or in <see cref="All"/>, and <c>compare</c>, <c>plot</c>, <c>report</c>, <c>data select</c> and <c>--metric</c> follow.
/// <c>docs/statistics.md</c> has its rows, with what each cannot show; a test compares the two.
/// </summary>
internal sealed record Metric
{
    private Metric(string name, string title, string formula, MetricTerm first)
    {
        (Name, Title, Formula, First) = (name, title, formula, first);
    }

    /// <summary>
    /// Every metric, in the order of the documentation: those made from others stand by what they are made from, and a statistic that has no
    /// place here comes at the end.
    /// </summary>
    public static IReadOnlyList<Metric> All { get; } = WithEveryStatistic(
    [
        Of(Statistic.SingularSum),
        new("S_sum_summed", "nuclear norm × response tokens", "n · Σ σᵢ", Statistic.SingularSum)
        {
            Factor = MetricTerm.ResponseTokens,
            Unit = Statistic.Nats,
            IsPositive = true,
            IsOnRequest = true,
        },
        Of(Statistic.SingularMax),
        new("S_ratio", "σ₁ / nuclear norm", "σ₁ / Σ σᵢ", Statistic.SingularMax) { Divisor = Statistic.SingularSum, IsPositive = true },
        new("S_sum_regularized", "nuclear norm / loss", "Σ σᵢ / loss", Statistic.SingularSum) { Divisor = MetricTerm.Loss, IsPositive = true },
        Of(Statistic.FrobeniusNorm),
        Of(Statistic.EffectiveRank),
        Of(Statistic.Rank),
        Of(Statistic.Mean),
        Of(Statistic.Max),
        Of(Statistic.Min),
        Of(Statistic.SingularMin),
    ]);

    /// <summary>The nuclear norm, the default.</summary>
    public static Metric NuclearNorm { get; } = Parse(Statistic.SingularSum.Key);

    /// <summary>The effective rank.</summary>
    public static Metric EffectiveRank { get; } = Parse(Statistic.EffectiveRank.Key);

    /// <summary>σ₁ / nuclear norm: how much one direction holds.</summary>
    public static Metric Ratio { get; } = Parse("S_ratio");

    /// <summary>Its name in run files, on the command line and in results, such as <c>S_sum</c>.</summary>
    public string Name { get; }

    /// <summary>Its name in words.</summary>
    public string Title { get; }

    /// <summary>How it is computed, as the documentation prints it.</summary>
    public string Formula { get; }

    /// <summary>Its unit; null for a ratio or a count.</summary>
    public string? Unit { get; private init; }

    /// <summary>Whether it is positive for every example with a gradient, so that its logarithm and ratios mean something.</summary>
    public bool IsPositive { get; private init; }

    /// <summary>Whether a report shows it only where it is asked for: measurement noise decides it, its means say little, or another shows the same.</summary>
    public bool IsOnRequest { get; private init; }

    /// <summary>What stands at an axis that shows it: its name, and its unit where it has one.</summary>
    public string AxisLabel
    {
        get
        {
            // A capital σ would be another quantity.
            var title = char.IsAsciiLetter(Title[0]) ? char.ToUpperInvariant(Title[0]) + Title[1..] : Title;
            return Unit is { } unit ? $"{title} ({unit})" : title;
        }
    }

    /// <summary>What it is, or is made from.</summary>
    internal MetricTerm First { get; }

    /// <summary>What it is multiplied by, or null.</summary>
    internal MetricTerm? Factor { get; private init; }

    /// <summary>What it is divided by, or null.</summary>
    internal MetricTerm? Divisor { get; private init; }

    /// <summary>Whether it is made from other numbers of the run rather than stored there.</summary>
    internal bool IsDerived => Factor is not null || Divisor is not null;

    /// <summary>The numbers that it is made from.</summary>
    internal IEnumerable<MetricTerm> Terms => new MetricTerm?[] { First, Factor, Divisor }.OfType<MetricTerm>();

    /// <summary>The metric of a name.</summary>
    /// <exception cref="InputException">There is none of that name.</exception>
    public static Metric Parse(string name) =>
        All.FirstOrDefault(metric => string.Equals(metric.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException(
            $"--metric {name}: no such metric; there are {string.Join(", ", All.Select(metric => metric.Name))}. Loss and response tokens are given for every set.");

    /// <summary>Its value for a weight of an example; NaN where it is undefined (a ratio to zero among them).</summary>
    public double Value(RunExample example, int weight)
    {
        var value = First.Value(example, weight);
        if (Factor is { } factor)
            value *= factor.Value(example, weight);
        if (Divisor is not { } divisor)
            return value;
        var by = divisor.Value(example, weight);
        return by == 0 ? double.NaN : value / by;
    }

    /// <summary>Whether a run has what the metric is computed from, as far as its current example tells.</summary>
    public bool IsIn(RunReader reader) => Terms.All(term => term.IsIn(reader));

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Metric Of(Statistic statistic) => new(statistic.Key, statistic.Title, statistic.Formula, statistic)
    {
        Unit = statistic.Unit,
        IsPositive = statistic.IsPositive,
        IsOnRequest = statistic.IsOnRequest,
    };

    private static Metric[] WithEveryStatistic(Metric[] metrics) =>
        [.. metrics, .. Statistic.All.Where(statistic => !Array.Exists(metrics, metric => metric.Name == statistic.Key)).Select(Of)];
}
