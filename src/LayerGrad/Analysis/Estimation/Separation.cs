using System.Buffers;

namespace LayerGrad.Analysis.Estimation;

/// <summary>
/// How well numbers tell the examples of one run from those of its matched run: areas under the receiver operating characteristic, computed as
/// Mann and Whitney's statistic with ties counting half, for many columns at once on every bootstrap replicate.
/// </summary>
internal sealed class Separation
{
    private readonly RunPair _pair;
    private readonly List<SortedColumn> _columns = [];

    /// <summary>Prepares the comparison of a pair's examples whose outputs differ.</summary>
    public Separation(RunPair pair) => _pair = pair;

    /// <summary>Adds a column of numbers to be judged.</summary>
    /// <param name="correct">One number for each example of the run; one that is not finite is left out.</param>
    /// <param name="irrelevant">One number for each example of the matched run.</param>
    public void Add(ReadOnlySpan<double> correct, ReadOnlySpan<double> irrelevant) => _columns.Add(new SortedColumn(_pair, correct, irrelevant));

    /// <summary>The area of each column: the probability that the matched run's number is the larger.</summary>
    public double[] Areas()
    {
        var weights = new double[_pair.Different.Length];
        Array.Fill(weights, 1);
        return [.. _columns.Select(column => column.Area(weights))];
    }

    /// <summary>The areas on bootstrap replicates: pairs are drawn, so both examples of a pair are in or out together.</summary>
    /// <param name="resampling">The draws.</param>
    /// <param name="selectable">The number of columns, from the first, among which the best is chosen.</param>
    /// <returns>
    /// For each column its areas; and for each replicate the area, on the pairs that it did not draw, of the column that separates best on those that it
    /// did, turned so that the direction found there counts above ½.
    /// </returns>
    public (double[][] Areas, double[] OutOfBag) Replicate(Resampling resampling, int selectable)
    {
        var areas = new double[_columns.Count][];
        for (var column = 0; column < areas.Length; column++)
            areas[column] = new double[resampling.Replicates];
        var outOfBag = new double[resampling.Replicates];
        Parallel.For(0, resampling.Replicates, replicate =>
        {
            var pooled = ArrayPool<double>.Shared.Rent(_pair.Different.Length);
            var weights = pooled.AsSpan(0, _pair.Different.Length);
            _pair.DrawDifferent(resampling, replicate, weights);
            for (var column = 0; column < areas.Length; column++)
                areas[column][replicate] = _columns[column].Area(weights);
            var best = Best(column => areas[column][replicate], selectable);
            for (var i = 0; i < weights.Length; i++)
                weights[i] = weights[i] == 0 ? 1 : 0;
            var area = best < 0 ? double.NaN : _columns[best].Area(weights);
            outOfBag[replicate] = best >= 0 && areas[best][replicate] < 0.5 ? 1 - area : area;
            ArrayPool<double>.Shared.Return(pooled);
        });
        return (areas, outOfBag);
    }

    /// <summary>The column whose area lies farthest from ½, on either side; −1 where none is defined.</summary>
    public static int Best(Func<int, double> area, int count)
    {
        var (best, farthest) = (-1, -1.0);
        for (var column = 0; column < count; column++)
        {
            var distance = Math.Abs(area(column) - 0.5);
            if (distance > farthest)
                (best, farthest) = (column, distance);
        }

        return best;
    }

    /// <summary>A column's examples in ascending order, so that an area under any weighting takes one pass.</summary>
    private sealed class SortedColumn
    {
        private const int Irrelevant = 1;
        private const int TiedWithNext = 2;

        /// <summary>For each example its pair's number times four, and the two flags above: a long run has many of them.</summary>
        private readonly int[] _entries;

        public SortedColumn(RunPair pair, ReadOnlySpan<double> correct, ReadOnlySpan<double> irrelevant)
        {
            var most = 2 * pair.Different.Length;
            var (values, entries) = (ArrayPool<double>.Shared.Rent(most), ArrayPool<int>.Shared.Rent(most));
            var count = 0;
            for (var i = 0; i < pair.Different.Length; i++)
            {
                var (a, b) = pair.Different[i];
                if (double.IsFinite(correct[a]))
                    (values[count], entries[count++]) = (correct[a], 4 * i);
                if (double.IsFinite(irrelevant[b]))
                    (values[count], entries[count++]) = (irrelevant[b], (4 * i) + Irrelevant);
            }

            Array.Sort(values, entries, 0, count);
            for (var i = 0; i + 1 < count; i++)
                entries[i] += values[i] == values[i + 1] ? TiedWithNext : 0;
            _entries = entries[..count];
            ArrayPool<double>.Shared.Return(values);
            ArrayPool<int>.Shared.Return(entries);
        }

        /// <summary>The area under weights for the pairs; NaN where one side has none.</summary>
        public double Area(ReadOnlySpan<double> weights)
        {
            double below = 0, area = 0, irrelevantTotal = 0, tiedCorrect = 0, tiedIrrelevant = 0;
            foreach (var entry in _entries)
            {
                var weight = weights[entry >> 2];
                if ((entry & Irrelevant) != 0)
                    tiedIrrelevant += weight;
                else
                    tiedCorrect += weight;
                if ((entry & TiedWithNext) != 0)
                    continue;
                area += tiedIrrelevant * (below + (0.5 * tiedCorrect));
                below += tiedCorrect;
                irrelevantTotal += tiedIrrelevant;
                (tiedCorrect, tiedIrrelevant) = (0, 0);
            }

            return area / (below * irrelevantTotal);
        }
    }
}
