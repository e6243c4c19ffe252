




using LayerGrad.Runs.Statistics;

namespace LayerGrad.Reports;

/// <summary>What to report, and how much of it.</summary>
internal sealed record ReportRequest
{
    /// <summary>The run files, a set each.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>The sets' names; read off the file names where empty.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Matched runs, one for each run or one for all: irrelevant answers, or another model.</summary>
    public IReadOnlyList<string> Against { get; init; } = [];

    /// <summary>The report's heading.</summary>
    public string Title { get; init; } = "Layer-wise gradients";

    /// <summary>The metrics to report; all that every run has where empty. The first is shown first.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Inner products of examples' gradients, summed, by weight or by layer, as <c>layergrad kernel</c> writes them; or null.</summary>
    public string? Kernel { get; init; }

    /// <summary>How many examples of a set the explorer holds, evenly spaced where the set has more; fewer where there are more than three sets.</summary>
    public int Examples { get; init; } = 500;

    /// <summary>How many examples of a set bring the shares of their tokens, where the run has them.</summary>
    public int TokenExamples { get; init; } = 20;

    /// <summary>Bootstrap replicates behind the intervals.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>The seed of the bootstrap.</summary>
    public int Seed { get; init; }

    /// <summary>The training step that is compared, of probe runs; the last one where null.</summary>
    public int? Step { get; init; }

    /// <summary>Whether lines that cannot be read are left out.</summary>
    public bool SkipBad { get; init; }
}
