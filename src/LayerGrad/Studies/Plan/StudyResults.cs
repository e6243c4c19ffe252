using LayerGrad.Runs.Statistics;

namespace LayerGrad.Studies.Plan;

/// <summary>What a study makes of its runs at the end.</summary>
internal sealed record StudyResults
{
    /// <summary>The metrics of the tables and figures, by their names in <c>compare</c>.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [Metric.NuclearNorm.Name];

    /// <summary>The formats of the tables: <c>text</c>, <c>markdown</c>, <c>latex</c>, <c>csv</c>, <c>json</c>.</summary>
    public IReadOnlyList<string> Tables { get; init; } = ["text", "latex"];

    /// <summary>The formats of the figures: <c>svg</c>, <c>pdf</c>, <c>png</c>.</summary>
    public IReadOnlyList<string> Figures { get; init; } = ["svg"];

    /// <summary>Whether reports are written.</summary>
    public bool Report { get; init; } = true;

    /// <summary>Bootstrap replicates of every interval.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>The seed of the bootstrap.</summary>
    public int Seed { get; init; }
}
