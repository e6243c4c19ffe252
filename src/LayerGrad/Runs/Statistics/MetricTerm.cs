namespace LayerGrad.Runs.Statistics;

/// <summary>What a derived metric is made from: a statistic of the run file, or a number of the example as a whole.</summary>
/// <param name="Statistic">The statistic; null for a number of the example.</param>
/// <param name="Name">Its name: the statistic's key, <c>loss</c> or <c>response_tokens</c>.</param>
internal readonly record struct MetricTerm(Statistic? Statistic, string Name)
{
    /// <summary>The example's loss.</summary>
    public static MetricTerm Loss { get; } = new(null, RunKeys.Loss);

    /// <summary>How many response tokens the example has.</summary>
    public static MetricTerm ResponseTokens { get; } = new(null, RunKeys.ResponseTokensMetric);

    /// <summary>A statistic of the run file.</summary>
    public static implicit operator MetricTerm(Statistic statistic) => new(statistic, statistic.Key);

    /// <summary>Its value; NaN where the run does not say.</summary>
    public double Value(RunExample example, int weight) => Statistic is { } statistic ? example[weight, statistic]
        : Name == Loss.Name ? example.Loss
        : example.ResponseTokens ?? double.NaN;

    /// <summary>Whether the run has it, as far as its current example tells.</summary>
    public bool IsIn(RunReader reader) => Statistic is { } statistic ? reader.Has(statistic) : Name == Loss.Name || reader.Current.ResponseTokens is not null;
}
