using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis;

/// <summary>What to compare, and how.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>The run files.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>Names for the runs, and after them, where given, for those of <see cref="Against"/>; read off the file names where empty.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Matched runs, one for each run or one for all of them: irrelevant answers to the same questions, or the same data under another model.</summary>
    public IReadOnlyList<string> Against { get; init; } = [];

    /// <summary>The metrics to report; the nuclear norm where empty.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [Metric.NuclearNorm];

    /// <summary>The number of bootstrap replicates.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>The seed of the bootstrap.</summary>
    public int Seed { get; init; }

    /// <summary>The training step to take from runs of a probe.</summary>
    public int? Step { get; init; }

    /// <summary>Leave out lines that cannot be read, and count them.</summary>
    public bool SkipBad { get; init; }
}
