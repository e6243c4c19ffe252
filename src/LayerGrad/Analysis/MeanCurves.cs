using System.Numerics.Tensors;

namespace LayerGrad.Analysis;

/// <summary>The mean of a metric over a run's examples, at each layer of each projection, and the same on every bootstrap replicate.</summary>
internal sealed class MeanCurves
{
    /// <summary>Examples in a tile: 8 bytes each, a column's tile and its weights stay in the first-level cache.</summary>
    private const int Tile = 1024;

    /// <summary>Replicates that share one pass over the columns.</summary>
    private const int Block = 32;

    private readonly double[] _means;
    private readonly double[] _replicates;
    private readonly int _layers;
    private readonly int _columns;

    /// <summary>Computes means and replicates.</summary>
    /// <param name="run">The run.</param>
    /// <param name="metric">A metric that the run holds.</param>
    /// <param name="resampling">The draws.</param>
    /// <param name="set">The run's position in the draws.</param>
    /// <exception cref="InputException">A projection has no example whose metric is finite at every layer.</exception>
    public MeanCurves(RunTable run, Metric metric, Resampling resampling, int set)
    {
        _layers = run.Layers;
        _columns = run.Projections.Count * run.Layers;
        Replicates = resampling.Replicates;
        Complete = [.. run.Projections.Select((_, projection) => run.Complete(metric, projection))];
        Examples = [.. Complete.Select(mask => mask.Count(complete => complete))];
        var empty = Array.IndexOf(Examples, 0);
        if (empty >= 0)
        {
            throw new InputException(
                $"{run.Path}: {metric.Name} of {run.Projections[empty]} is NaN or infinite somewhere in every example; leave the run out or choose another --metric.");
        }

        var columns = CleanColumns(run, metric);
        var weights = new double[run.Count];
        Array.Fill(weights, 1);
        _means = new double[_columns];
        WeightedMeans(columns, weights, 1, _means);
        _replicates = new double[Replicates * _columns];
        Parallel.For(0, (Replicates + Block - 1) / Block, block =>
        {
            var first = block * Block;
            var count = Math.Min(Block, Replicates - first);
            var drawn = new double[count * run.Count];
            for (var i = 0; i < count; i++)
                resampling.Draw(set, first + i, drawn.AsSpan(i * run.Count, run.Count));
            WeightedMeans(columns, drawn, count, _replicates.AsSpan(first * _columns, count * _columns));
        });
    }

    /// <summary>The number of replicates.</summary>
    public int Replicates { get; }

    /// <summary>The number of projections.</summary>
    public int Projections => Complete.Length;

    /// <summary>For each projection, which examples count in it.</summary>
    public bool[][] Complete { get; }

    /// <summary>For each projection, how many examples count in it.</summary>
    public int[] Examples { get; }

    /// <summary>The mean at each layer of a projection.</summary>
    public ReadOnlySpan<double> Curve(int projection) => _means.AsSpan(projection * _layers, _layers);

    /// <summary>The mean at each layer of a projection in a replicate; NaN where the replicate drew none of its examples.</summary>
    public ReadOnlySpan<double> Curve(int projection, int replicate) =>
        _replicates.AsSpan((replicate * _columns) + (projection * _layers), _layers);

    /// <summary>A function of a projection's curve, with its interval.</summary>
    public Estimate Estimate(int projection, Func<ReadOnlySpan<double>, double> statistic)
    {
        var replicates = new double[Replicates];
        for (var replicate = 0; replicate < replicates.Length; replicate++)
            replicates[replicate] = statistic(Curve(projection, replicate));
        return Analysis.Estimate.Percentile(statistic(Curve(projection)), replicates);
    }

    /// <summary>The columns with zeros in place of every value of an example that does not count: its weight there is zero too.</summary>
    private double[][] CleanColumns(RunTable run, Metric metric)
    {
        var columns = new double[_columns][];
        for (var column = 0; column < _columns; column++)
        {
            var (projection, layer) = Math.DivRem(column, _layers);
            columns[column] = run.Column(metric, projection, layer).ToArray();
            for (var i = 0; i < columns[column].Length; i++)
                columns[column][i] = Complete[projection][i] ? columns[column][i] : 0;
        }

        return columns;
    }

    /// <summary>Weighted means of all columns for several weightings at once: a matrix product, tile by tile.</summary>
    private void WeightedMeans(double[][] columns, double[] weights, int count, Span<double> means)
    {
        means.Clear();
        var examples = columns[0].Length;
        for (var start = 0; start < examples; start += Tile)
        {
            var length = Math.Min(Tile, examples - start);
            for (var column = 0; column < columns.Length; column++)
            {
                var values = columns[column].AsSpan(start, length);
                for (var i = 0; i < count; i++)
                    means[(i * _columns) + column] += TensorPrimitives.Dot<double>(values, weights.AsSpan((i * examples) + start, length));
            }
        }

        for (var i = 0; i < count; i++)
        {
            for (var projection = 0; projection < Projections; projection++)
            {
                var total = TotalWeight(weights.AsSpan(i * examples, examples), Complete[projection]);
                TensorPrimitives.Divide(
                    means.Slice((i * _columns) + (projection * _layers), _layers), total, means.Slice((i * _columns) + (projection * _layers), _layers));
            }
        }
    }

    private static double TotalWeight(ReadOnlySpan<double> weights, bool[] complete)
    {
        var total = 0.0;
        for (var i = 0; i < weights.Length; i++)
            total += complete[i] ? weights[i] : 0;
        return total;
    }
}
