using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis.Export;

/// <summary>The columns of an export, and the rows that are on their way to the file.</summary>
internal sealed class ExportTable
{
    private readonly ExportColumn<string?> _run = new("run");
    private readonly ExportColumn<int?> _index = new("index");
    private readonly ExportColumn<int?> _layer = new("layer");
    private readonly ExportColumn<string?> _weight = new("weight");
    private readonly ExportColumn<string?> _projection = new("projection");
    private readonly ExportColumn<string?> _status = new("status");
    private readonly ExportColumn<int?> _step = new("step");

    /// <summary>A table with a row for each number, or with a row for each weight of an example.</summary>
    /// <param name="wide">The statistics that have a column each; null for a row for each number.</param>
    public ExportTable(IReadOnlyList<Statistic>? wide)
    {
        Statistics = wide is null ? [] : [.. wide.Select(statistic => new ExportColumn<double?>(statistic.Key))];
        Numbers = wide is null ? [] : [new(ExportRows.Loss), new(ExportRows.TotalTokens), new(ExportRows.ResponseTokens)];
        ExportColumn[] numbers = wide is null ? [Statistic, Value] : [.. Statistics, .. Numbers];
        Columns = [_run, _index, _layer, _weight, _projection, .. numbers, _status, _step];
    }

    /// <summary>Every column, in the order of the file.</summary>
    public IReadOnlyList<ExportColumn> Columns { get; }

    /// <summary>What a row's value is, in a table with a row for each number.</summary>
    public ExportColumn<string?> Statistic { get; } = new("statistic");

    /// <summary>The row's value, in a table with a row for each number.</summary>
    public ExportColumn<double?> Value { get; } = new("value");

    /// <summary>The statistics' columns, in a table with a row for each weight.</summary>
    public IReadOnlyList<ExportColumn<double?>> Statistics { get; }

    /// <summary>Loss, tokens and response tokens of the example, in a table with a row for each weight.</summary>
    public IReadOnlyList<ExportColumn<double?>> Numbers { get; }

    /// <summary>The rows that are not written yet.</summary>
    public int Rows => _run.Count;

    /// <summary>Adds what every row has; the columns of numbers are the caller's to fill.</summary>
    public void AddRow(string run, int? index, int? step, int? layer, string? weight, string? projection, string? status)
    {
        _run.Add(run);
        _index.Add(index);
        _step.Add(step);
        _layer.Add(layer);
        _weight.Add(weight);
        _projection.Add(projection);
        _status.Add(status);
    }

    /// <summary>Forgets the rows, which are written.</summary>
    public void Clear()
    {
        foreach (var column in Columns)
            column.Clear();
    }
}
