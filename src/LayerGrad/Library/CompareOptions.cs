using LayerGrad.Runs.Statistics;

namespace LayerGrad;

/// <summary>How runs are compared.</summary>
public sealed record CompareOptions
{
    /// <summary>Names for the runs; read off the file names where empty.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Matched runs, one for each run or one for all of them, such as irrelevant answers to the same questions.</summary>
    public IReadOnlyList<string> Against { get; init; } = [];

    /// <summary>The metrics, by the names of <c>compare --metric</c>.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [Statistic.SingularSum.Key];

    /// <summary>Bootstrap resamples behind each interval.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>Seed of the resampling.</summary>
    public int Seed { get; init; }
}
