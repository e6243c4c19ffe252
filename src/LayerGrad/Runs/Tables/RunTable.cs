using System.Globalization;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Runs.Tables;

/// <summary>What of a run file goes into a <see cref="RunTable"/>.</summary>
internal sealed record RunTableOptions
{
    /// <summary>The metrics that must be there.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [Metric.NuclearNorm];

    /// <summary>Metrics that are taken where the run has them.</summary>
    public IReadOnlyList<Metric> OptionalMetrics { get; init; } = [];

    /// <summary>The training step to take from a probe's run; <see langword="null"/> for a run of <c>measure</c>.</summary>
    public int? Step { get; init; }

    /// <summary>Note lines that cannot be read and go on.</summary>
    public bool SkipBad { get; init; }
}

/// <summary>
/// A run column by column: for each metric, projection and layer one float64 for each example. Of a run of the usual
/// size they are in memory; of a long one, what is more than 64 MiB of them is in a temporary file.
/// </summary>
internal sealed class RunTable
{
    private readonly ColumnStore _columns;
    private readonly HashSet<int> _unmeasured;

    private RunTable(string path, RunTableBuilder builder, IReadOnlyList<BadLine> badLines)
    {
        Path = path;
        Count = builder.Count;
        _columns = builder.Columns;
        LayerNumbers = builder.Layout.Layers;
        Projections = builder.Layout.Projections;
        WeightsLeftOut = builder.Layout.LeftOut;
        Metrics = builder.Metrics;
        Index = builder.Index.ToArray();
        InstructionHash = builder.InstructionHash.ToArray();
        OutputHash = builder.OutputHash.ToArray();
        Loss = builder.Loss.ToArray();
        ResponseTokens = builder.ResponseTokens.ToArray();
        ThinkingTokens = builder.ThinkingTokens.ToArray();
        BadLines = badLines;
        Metadata = RunDescription.Of(path);
        Skipped = SkippedLine.ReadAll(new RunPaths(path).Skipped);
        _unmeasured = [.. Skipped.Select(example => example.Index), .. BadLines.Select(line => line.Index)];
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The number of examples.</summary>
    public int Count { get; }

    /// <summary>The metrics that it holds.</summary>
    public IReadOnlyList<Metric> Metrics { get; }

    /// <summary>The projections, in the order in which they are shown; each has a weight at every layer.</summary>
    public IReadOnlyList<string> Projections { get; }

    /// <summary>The numbers of the layers, ascending; 0 to the depth − 1 unless only some layers were measured.</summary>
    public IReadOnlyList<int> LayerNumbers { get; }

    /// <summary>The number of layers.</summary>
    public int Layers => LayerNumbers.Count;

    /// <summary>Weights of the run that are not in the table: outside the layers, or not at every layer.</summary>
    public IReadOnlyList<string> WeightsLeftOut { get; }

    /// <summary>Position in the dataset, for each example.</summary>
    public IReadOnlyList<int> Index { get; }

    /// <summary>Hash of the instruction, for each example.</summary>
    public IReadOnlyList<ulong> InstructionHash { get; }

    /// <summary>Hash of the output, for each example.</summary>
    public IReadOnlyList<ulong> OutputHash { get; }

    /// <summary>Mean cross-entropy over the response tokens in nats, for each example.</summary>
    public ReadOnlyMemory<double> Loss { get; }

    /// <summary>Response tokens, for each example; NaN where the run does not say.</summary>
    public ReadOnlyMemory<double> ResponseTokens { get; }

    /// <summary>How many of these are thinking, for each example; 0 where the run does not say.</summary>
    public ReadOnlyMemory<double> ThinkingTokens { get; }

    /// <summary>Whether every example says how many response tokens it has.</summary>
    public bool HasTokens => !ResponseTokens.Span.ContainsAnyExceptInRange(0, double.MaxValue);

    /// <summary>Lines that could not be read.</summary>
    public IReadOnlyList<BadLine> BadLines { get; }

    /// <summary>What <c>RUN.meta.json</c> says, where it is there.</summary>
    internal RunDescription? Metadata { get; }

    /// <summary>Examples that the run could not measure.</summary>
    public IReadOnlyList<SkippedExample> Skipped { get; }

    /// <summary>Reads a run file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What to take from it.</param>
    /// <exception cref="InputException">The file cannot be read, has no example, lacks a metric or needs a step to be chosen.</exception>
    public static RunTable Load(string path, RunTableOptions options)
    {
        using var reader = new RunReader(path, new RunReaderOptions { SkipBad = options.SkipBad, ChosenOfSpectrum = options.Metrics.Any(metric => metric.Terms.Any(term => term.Statistic?.IsChosen == true)) });
        RunTableBuilder? builder = null;
        var otherSteps = new SortedSet<int>();
        while (reader.Read())
        {
            if (reader.Current.Step != options.Step)
            {
                otherSteps.Add(reader.Current.Step ?? -1);
                continue;
            }

            builder ??= new RunTableBuilder(reader, options);
            builder.Add(reader.Current);
        }

        if (otherSteps.Count > 0 && (options.Step is null || builder is null))
            throw StepError(path, options.Step, otherSteps);
        if (builder is null)
        {
            throw new InputException(reader.BadLines.Count == 0
                ? RunProgress.OfUnfinished(path) is { } progress ? $"{path}: is not finished: {progress}; give its measure command again." : $"{path}: is empty; there is no example to compare."
                : $"{path}: none of its {reader.BadLines.Count} lines can be read ({reader.BadLines[0].Reason}).");
        }

        return new RunTable(path, builder, reader.BadLines);
    }

    /// <summary>Whether the table holds a metric.</summary>
    public bool Has(Metric metric) => Metrics.Contains(metric);

    /// <summary>One value for each example; of a long run read from its file at each call.</summary>
    /// <param name="metric">A metric of the table.</param>
    /// <param name="projection">Position in <see cref="Projections"/>.</param>
    /// <param name="layer">Position in <see cref="LayerNumbers"/>.</param>
    public ReadOnlySpan<double> Column(Metric metric, int projection, int layer) =>
        _columns.Column(PlaceOf(metric, projection, layer));

    /// <summary>Reads one value for each example, as <see cref="Column"/> gives them.</summary>
    /// <param name="metric">A metric of the table.</param>
    /// <param name="projection">Position in <see cref="Projections"/>.</param>
    /// <param name="layer">Position in <see cref="LayerNumbers"/>.</param>
    /// <param name="values">As many as there are examples.</param>
    public void Read(Metric metric, int projection, int layer, Span<double> values) => _columns.Read(PlaceOf(metric, projection, layer), values);

    /// <summary>
    /// Which examples a projection's statistics are taken over: those whose metric is finite at every layer. The original drops an example with
    /// a NaN from that projection alone (<c>parse_qkvo_all</c>); so does this, and it drops an infinite value with it.
    /// </summary>
    public bool[] Complete(Metric metric, int projection)
    {
        var complete = new bool[Count];
        Array.Fill(complete, true);
        var column = new double[Count];
        for (var layer = 0; layer < Layers; layer++)
        {
            Read(metric, projection, layer, column);
            for (var i = 0; i < column.Length; i++)
                complete[i] &= double.IsFinite(column[i]);
        }

        return complete;
    }

    /// <summary>Whether the run says that it has no statistics for a position of the dataset: it was skipped, or its line was bad.</summary>
    public bool IsUnmeasured(int index) => _unmeasured.Contains(index);

    private int PlaceOf(Metric metric, int projection, int layer)
    {
        for (var i = 0; i < Metrics.Count; i++)
        {
            if (Metrics[i] == metric)
                return (((i * Projections.Count) + projection) * Layers) + layer;
        }

        throw new ArgumentException($"{Path} was read without {metric.Name}", nameof(metric));
    }

    private static InputException StepError(string path, int? wanted, SortedSet<int> steps)
    {
        if (steps.Count == 1 && steps.Min < 0)
            return new InputException($"{path}: has no training steps, so --step {wanted} chooses nothing; leave the option out.");
        var some = steps.Where(step => step >= 0).Select(step => step.ToString(CultureInfo.InvariantCulture)).ToArray();
        var list = some.Length <= 12 ? string.Join(", ", some) : string.Join(", ", some[..11]) + ", …, " + some[^1];
        return new InputException(wanted is null
            ? $"{path}: holds the training steps {list}; choose one with --step."
            : $"{path}: has no step {wanted}; it holds {list}.");
    }
}
