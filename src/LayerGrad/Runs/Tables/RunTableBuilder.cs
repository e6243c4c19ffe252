using LayerGrad.Runs.Statistics;

namespace LayerGrad.Runs.Tables;

/// <summary>Collects the columns of a <see cref="RunTable"/> example by example.</summary>
internal sealed class RunTableBuilder
{
    private readonly string _path;
    private readonly HashSet<int> _seen = [];

    public RunTableBuilder(RunReader reader, RunTableOptions options)
    {
        _path = reader.Path;
        Layout = WeightGrid.Of(reader.Weights, reader.Path);
        foreach (var metric in options.Metrics)
        {
            if (!metric.IsIn(reader))
            {
                var has = string.Join(", ", Metric.All.Where(other => other.IsIn(reader)).Select(other => other.Name));
                throw new InputException($"{_path}: has no {metric.Name}; it has {has}.");
            }
        }

        Metrics = [.. options.Metrics.Concat(options.OptionalMetrics.Where(metric => metric.IsIn(reader))).Distinct()];
        Columns = new ColumnStore(Metrics.Count * Layout.Weights.Length);
    }

    public WeightGrid Layout { get; }

    public IReadOnlyList<Metric> Metrics { get; }

    /// <summary>For each metric a column for each weight of the layout.</summary>
    public ColumnStore Columns { get; }

    public List<int> Index { get; } = [];

    public List<ulong> InstructionHash { get; } = [];

    public List<ulong> OutputHash { get; } = [];

    public List<double> Loss { get; } = [];

    public List<double> ResponseTokens { get; } = [];

    public List<double> ThinkingTokens { get; } = [];

    public int Count => Index.Count;

    /// <summary>Adds an example.</summary>
    /// <exception cref="InputException">The run has its position in the dataset twice.</exception>
    public void Add(RunExample example)
    {
        if (!_seen.Add(example.Index))
        {
            throw new InputException(
                $"{_path}:{example.Line}: has index {example.Index} a second time; a run measures a position of its dataset once.");
        }

        for (var i = 0; i < Metrics.Count; i++)
        {
            for (var j = 0; j < Layout.Weights.Length; j++)
                Columns.Set((i * Layout.Weights.Length) + j, Metrics[i].Value(example, Layout.Weights[j]));
        }

        Columns.EndRow();

        InstructionHash.Add(example.InstructionHash);
        OutputHash.Add(example.OutputHash);
        Loss.Add(example.Loss);
        ResponseTokens.Add(example.ResponseTokens ?? double.NaN);
        ThinkingTokens.Add(example.ThinkingTokens ?? 0);
        Index.Add(example.Index);
    }
}
