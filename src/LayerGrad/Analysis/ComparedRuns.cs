using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Analysis;

/// <summary>The runs of a comparison, read, checked against each other, named and matched.</summary>
internal sealed class ComparedRuns
{
    /// <summary>Fewer replicates than this leave fewer than three beyond each end of an interval.</summary>
    private const int LeastReplicates = 100;

    private readonly Dictionary<(int Set, string Metric), MeanCurves> _curves = [];
    private readonly Dictionary<(RunPair Pair, string Metric), (SeparationResult Result, double[] OutOfBag)> _separations = [];

    /// <summary>Reads the runs.</summary>
    /// <exception cref="InputException">A run cannot be read, or the runs or labels do not go together.</exception>
    public ComparedRuns(ComparisonOptions options)
    {
        Check(options);
        Options = options;
        // The findings are about these two, whatever metric is reported.
        Metric[] forFindings = [Metric.NuclearNorm, Metric.EffectiveRank];
        var tableOptions = new RunTableOptions
        {
            Metrics = options.Metrics,
            OptionalMetrics = forFindings,
            Step = options.Step,
            SkipBad = options.SkipBad,
        };
        Tables = [.. options.Runs.Concat(options.Against).Select(path => RunTable.Load(path, tableOptions))];
        CheckShapes();
        Resampling = new Resampling(Tables, options.Bootstrap, options.Seed);
        Pairs = [.. Enumerable.Range(0, options.Against.Count == 0 ? 0 : options.Runs.Count).Select(Pair)];
        Roles = [.. Tables.Select((table, set) => Role(set))];
        Labels = RunLabels.For(options, [.. Pairs.Select(pair => pair.SameOutputs)]);
    }

    public ComparisonOptions Options { get; }

    /// <summary>The runs, those of <c>--against</c> last.</summary>
    public RunTable[] Tables { get; }

    /// <summary>How many of them are not of <c>--against</c>.</summary>
    public int Runs => Options.Runs.Count;

    public string[] Labels { get; }

    public SetRole[] Roles { get; }

    public RunPair[] Pairs { get; }

    public Resampling Resampling { get; }

    /// <summary>Whether every run holds a metric.</summary>
    public bool AllHave(Metric metric) => Array.TrueForAll(Tables, table => table.Has(metric));

    /// <summary>A run's mean curves; kept until <see cref="Forget"/>.</summary>
    public MeanCurves Curves(int set, Metric metric)
    {
        if (!_curves.TryGetValue((set, metric.Name), out var curves))
            _curves[(set, metric.Name)] = curves = new MeanCurves(Tables[set], metric, Resampling, set);
        return curves;
    }

    /// <summary>How well a metric tells a pair's answers apart, with the bootstrap replicates of the best layer's held-out area.</summary>
    public (SeparationResult Result, double[] OutOfBag) Separation(RunPair pair, Metric metric)
    {
        if (!_separations.TryGetValue((pair, metric.Name), out var separation))
            _separations[(pair, metric.Name)] = separation = SeparationAnalysis.Of(this, pair, metric);
        return separation;
    }

    /// <summary>Frees the curves of a metric, unless the findings are about it.</summary>
    public void Forget(Metric metric)
    {
        if (metric == Metric.NuclearNorm || metric == Metric.EffectiveRank)
            return;
        for (var set = 0; set < Tables.Length; set++)
            _curves.Remove((set, metric.Name));
    }

    /// <summary>The mean of a number over a run's examples, those left out for which it is not finite.</summary>
    public Estimate Mean(int set, ReadOnlyMemory<double> values)
    {
        var weights = new double[Tables[set].Count];
        Array.Fill(weights, 1);
        var replicates = new double[Resampling.Replicates];
        var mean = WeightedMean(values.Span, weights);
        for (var replicate = 0; replicate < replicates.Length; replicate++)
        {
            Resampling.Draw(set, replicate, weights);
            replicates[replicate] = WeightedMean(values.Span, weights);
        }

        return Estimate.Percentile(mean, replicates);
    }

    /// <summary>Log of each example's mean over the layers, for each projection; NaN where that is not positive.</summary>
    public double[][] LogLevels(int set, Metric metric)
    {
        var table = Tables[set];
        var levels = new double[table.Projections.Count][];
        var column = new double[table.Count];
        for (var projection = 0; projection < levels.Length; projection++)
        {
            var sums = new double[table.Count];
            for (var layer = 0; layer < table.Layers; layer++)
            {
                table.Read(metric, projection, layer, column);
                System.Numerics.Tensors.TensorPrimitives.Add(sums, column, sums);
            }

            for (var i = 0; i < sums.Length; i++)
                sums[i] = sums[i] > 0 ? Math.Log(sums[i] / table.Layers) : double.NaN;
            levels[projection] = sums;
        }

        return levels;
    }

    private static double WeightedMean(ReadOnlySpan<double> values, double[] weights)
    {
        var (sum, total) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                continue;
            sum += weights[i] * values[i];
            total += weights[i];
        }

        return sum / total;
    }

    private RunPair Pair(int run)
    {
        var against = Runs + (Options.Against.Count == 1 ? 0 : run);
        return new RunPair(run, Tables[run], against, Tables[against]);
    }

    /// <summary>A run's role by its names; that the answers of a matched run are irrelevant is seen from the answers themselves.</summary>
    private SetRole Role(int set)
    {
        // A label counts among the names only where the user gave it.
        var label = set < Options.Labels.Count ? Options.Labels[set] : null;
        var role = SetRole.Of(label, Tables[set].Path, Tables[set].Metadata);
        var matched = Array.Find(Pairs, pair => pair.AgainstSet == set);
        return matched is null ? role : role with { Irrelevant = !matched.SameOutputs };
    }

    private static void Check(ComparisonOptions options)
    {
        if (options.Runs.Count == 0)
            throw new InputException("there is no run to compare; name at least one run file.");
        if (options.Bootstrap < LeastReplicates)
            throw new InputException($"--bootstrap {options.Bootstrap}: fewer than {LeastReplicates} replicates give no 95 % interval; leave it at 2000.");
        if (options.Seed < 0)
            throw new InputException($"--seed {options.Seed}: must not be negative.");
        if (options.Against.Count > 1 && options.Against.Count != options.Runs.Count)
        {
            throw new InputException(
                $"--against names {options.Against.Count} runs for {options.Runs.Count}; give one for each run, in their order, or one for all.");
        }

        var all = options.Runs.Count + options.Against.Count;
        if (options.Labels.Count != 0 && options.Labels.Count != options.Runs.Count && options.Labels.Count != all)
        {
            var either = all == options.Runs.Count ? "" : $", or {all} with those of --against";
            throw new InputException($"--labels has {options.Labels.Count} for {options.Runs.Count} runs; give one for each run{either}.");
        }

        var twice = options.Labels.GroupBy(label => label, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new InputException($"--labels has '{twice.Key}' twice; tables could not tell the runs apart.");
    }

    private void CheckShapes()
    {
        var first = Tables[0];
        foreach (var table in Tables)
        {
            if (table.LayerNumbers[^1] != table.Layers - 1)
            {
                throw new InputException(
                    $"{table.Path}: lacks layers (it has {table.Layers} of {table.LayerNumbers[^1] + 1}); "
                    + "differences between neighbouring layers need all of them.");
            }

            if (table.Layers != first.Layers)
                throw new InputException($"{table.Path}: has {table.Layers} layers where {first.Path} has {first.Layers}; compare runs of one depth.");
            if (!table.Projections.SequenceEqual(first.Projections))
            {
                throw new InputException(
                    $"{table.Path}: has the projections {string.Join(", ", table.Projections)} where {first.Path} has "
                    + $"{string.Join(", ", first.Projections)}; compare runs of the same weights.");
            }
        }
    }
}
