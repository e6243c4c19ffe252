namespace LayerGrad.Analysis.Export;

/// <summary>What to export, and how.</summary>
internal sealed record ExportOptions
{
    /// <summary>The run files.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>Names for the runs; read off the file names where empty.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The file to write; its ending, <c>.csv</c>, <c>.parquet</c> or <c>.jsonl</c>, is its format.</summary>
    public required string Out { get; init; }

    /// <summary>A column for each statistic and a row for each weight, instead of a row for each number.</summary>
    public bool Wide { get; init; }

    /// <summary>Tell of lines that cannot be read in the table, and go on.</summary>
    public bool SkipBad { get; init; }
}
