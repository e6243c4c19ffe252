namespace LayerGrad.Analysis;

/// <summary>Collects the columns of a <see cref="RunTable"/> example by example.</summary>
internal sealed class RunTableBuilder
{
    private const int FirstCapacity = 512;
    private readonly string _path;
    private readonly HashSet<int> _seen = [];
    private int _capacity = FirstCapacity;

    public RunTableBuilder(RunReader reader, RunTableOptions options)
    {
        _path = reader.Path;
        Layout = WeightLayout.Of(reader.Weights, reader.Path);
        foreach (var metric in options.Metrics)
        {
            if (!metric.IsIn(reader))
            {
                var has = string.Join(", ", Metric.All.Where(other => other.IsIn(reader)).Select(other => other.Name));
                throw new InputException($"{_path}: has no {metric.Name}; it has {has}.");
            }
        }

        Metrics = [.. options.Metrics.Concat(options.OptionalMetrics.Where(metric => metric.IsIn(reader))).Distinct()];
        foreach (var metric in Metrics)
        {
            var columns = new double[Layout.Weights.Length][];
            for (var i = 0; i < columns.Length; i++)
                columns[i] = new double[FirstCapacity];
            Columns[metric.Name] = columns;
        }
    }

    public WeightLayout Layout { get; }

    public IReadOnlyList<Metric> Metrics { get; }

    public Dictionary<string, double[][]> Columns { get; } = new(StringComparer.Ordinal);

    public List<int> Index { get; } = [];

    public List<ulong> InstructionHash { get; } = [];

    public List<ulong> OutputHash { get; } = [];

    public List<double> Loss { get; } = [];

    public List<double> ResponseTokens { get; } = [];

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

        if (Count == _capacity)
            Grow();
        foreach (var metric in Metrics)
        {
            var columns = Columns[metric.Name];
            for (var i = 0; i < columns.Length; i++)
                columns[i][Count] = metric.Value(example, Layout.Weights[i]);
        }

        InstructionHash.Add(example.InstructionHash);
        OutputHash.Add(example.OutputHash);
        Loss.Add(example.Loss);
        ResponseTokens.Add(example.ResponseTokens ?? double.NaN);
        Index.Add(example.Index);
    }

    private void Grow()
    {
        _capacity *= 2;
        foreach (var columns in Columns.Values)
        {
            for (var i = 0; i < columns.Length; i++)
                Array.Resize(ref columns[i], _capacity);
        }
    }
}
