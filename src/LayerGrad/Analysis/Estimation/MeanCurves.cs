using System.Buffers;
using System.Numerics.Tensors;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Analysis.Estimation;

/// <summary>The mean of a metric over a run's examples, at each layer of each projection, and the same on every bootstrap replicate.</summary>
internal sealed class MeanCurves
{
    /// <summary>Examples in a tile: 8 bytes each, a column's tile and its weights stay in the first-level cache.</summary>
    private const int Tile = 1024;

    /// <summary>Replicates that share one pass over the columns, at most.</summary>
    private const int MostReplicates = 32;

    /// <summary>Weights that those replicates have together, at most.</summary>
    private const int MostWeights = 1 << 20;

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

        _means = new double[_columns];
        _replicates = new double[Replicates * _columns];
        var columns = Enumerable.Range(0, _layers).Select(_ => new double[run.Count]).ToArray();
        for (var projection = 0; projection < Projections; projection++)
        {
            ReadClean(run, metric, projection, columns);
            OfProjection(projection, columns, resampling, set);
        }
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
        return LayerGrad.Estimate.Percentile(statistic(Curve(projection)), replicates);
    }

    /// <summary>Reads a projection's columns, with zeros in place of every value of an example that does not count: its weight there is zero too.</summary>
    private void ReadClean(RunTable run, Metric metric, int projection, double[][] columns)
    {
        for (var layer = 0; layer < _layers; layer++)
        {
            run.Read(metric, projection, layer, columns[layer]);
            for (var i = 0; i < columns[layer].Length; i++)
                columns[layer][i] = Complete[projection][i] ? columns[layer][i] : 0;
        }
    }

    /// <summary>The means and replicates of a projection. Its examples are drawn as every other projection's are.</summary>
    private void OfProjection(int projection, double[][] columns, Resampling resampling, int set)
    {
        var examples = columns[0].Length;
        var ones = new double[examples];
        Array.Fill(ones, 1);
        WeightedMeans(columns, Complete[projection], ones, 1, _means.AsSpan(projection * _layers, _layers));
        var size = Math.Clamp(MostWeights / examples, 1, MostReplicates);
        Parallel.For(0, (Replicates + size - 1) / size, block =>
        {
            var first = block * size;
            var count = Math.Min(size, Replicates - first);
            var drawn = ArrayPool<double>.Shared.Rent(count * examples);
            var means = new double[count * _layers];
            for (var i = 0; i < count; i++)
                resampling.Draw(set, first + i, drawn.AsSpan(i * examples, examples));
            WeightedMeans(columns, Complete[projection], drawn, count, means);
            for (var i = 0; i < count; i++)
                means.AsSpan(i * _layers, _layers).CopyTo(_replicates.AsSpan(((first + i) * _columns) + (projection * _layers)));
            ArrayPool<double>.Shared.Return(drawn);
        });
    }

    /// <summary>Weighted means of a projection's columns for several weightings at once: a matrix product, tile by tile.</summary>
    private static void WeightedMeans(double[][] columns, bool[] complete, double[] weights, int count, Span<double> means)
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
                    means[(i * columns.Length) + column] += TensorPrimitives.Dot<double>(values, weights.AsSpan((i * examples) + start, length));
            }
        }

        for (var i = 0; i < count; i++)
        {
            var own = means.Slice(i * columns.Length, columns.Length);
            TensorPrimitives.Divide(own, TotalWeight(weights.AsSpan(i * examples, examples), complete), own);
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
