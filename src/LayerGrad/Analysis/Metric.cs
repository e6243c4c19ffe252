namespace LayerGrad.Analysis;

/// <summary>A number for each example, layer and projection, as compared, plotted and reported. <c>docs/statistics.md</c> defines each.</summary>
public sealed class Metric
{
    private readonly Func<RunExample, int, double> _value;
    private readonly Statistic[] _needs;

    private Metric(string name, string title, bool positive, Func<RunExample, int, double> value, params Statistic[] needs)
    {
        (Name, Title, IsPositive, _value, _needs) = (name, title, positive, value, needs);
    }

    /// <summary>Every metric, in the order of the documentation.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        Plain(Statistic.SingularSum, "nuclear norm", positive: true),
        Plain(Statistic.SingularMax, "largest singular value", positive: true),
        new("S_ratio", "σ₁ / nuclear norm", positive: true, Ratio, Statistic.SingularMax, Statistic.SingularSum),
        new("S_sum_regularized", "nuclear norm / loss", positive: true, PerLoss, Statistic.SingularSum),
        Plain(Statistic.FrobeniusNorm, "Frobenius norm", positive: true),
        Plain(Statistic.EffectiveRank, "effective rank", positive: true),
        Plain(Statistic.Mean, "mean element", positive: false),
        Plain(Statistic.Max, "largest element", positive: false),
        Plain(Statistic.Min, "smallest element", positive: false),
        Plain(Statistic.SingularMin, "smallest singular value", positive: false),
        Plain(Statistic.Rank, "rank", positive: true),
    ];

    /// <summary>The nuclear norm, the default.</summary>
    public static Metric NuclearNorm { get; } = All[0];

    /// <summary>The effective rank.</summary>
    public static Metric EffectiveRank { get; } = All[5];

    /// <summary>Its name in run files, on the command line and in results, such as <c>S_sum</c>.</summary>
    public string Name { get; }

    /// <summary>Its name in words.</summary>
    public string Title { get; }

    /// <summary>Whether it is positive for every example with a gradient, so that its logarithm and ratios mean something.</summary>
    public bool IsPositive { get; }

    /// <summary>The metric of a name.</summary>
    /// <exception cref="InputException">There is none of that name.</exception>
    public static Metric Parse(string name) =>
        All.FirstOrDefault(metric => string.Equals(metric.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException(
            $"--metric {name}: no such metric; there are {string.Join(", ", All.Select(metric => metric.Name))}. Loss and response tokens are given for every set.");

    /// <summary>Its value for a weight of an example; NaN where it is undefined (a ratio to zero among them).</summary>
    public double Value(RunExample example, int weight) => _value(example, weight);

    /// <summary>Whether a run has what the metric is computed from.</summary>
    public bool IsIn(RunReader reader) => Array.TrueForAll(_needs, reader.Has);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Metric Plain(Statistic statistic, string title, bool positive) =>
        new(StatisticKeys.Key(statistic), title, positive, (example, weight) => example[weight, statistic], statistic);

    private static double Ratio(RunExample example, int weight) =>
        Divide(example[weight, Statistic.SingularMax], example[weight, Statistic.SingularSum]);

    private static double PerLoss(RunExample example, int weight) => Divide(example[weight, Statistic.SingularSum], example.Loss);

    private static double Divide(double numerator, double denominator) => denominator == 0 ? double.NaN : numerator / denominator;
}
