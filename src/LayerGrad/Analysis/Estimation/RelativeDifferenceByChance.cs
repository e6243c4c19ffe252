using System.Buffers;
using System.Numerics.Tensors;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis.Estimation;

/// <summary>How large the relative difference of two matched runs would be if it made no difference which run an example's values came from.</summary>
internal static class RelativeDifferenceByChance
{
    private const double Quantile = 0.95;

    /// <summary>The stream of the permutations, apart from those of the bootstrap's groups.</summary>
    private const ulong Stream = 0xFFFFFFFF00000000;

    /// <summary>The 95 % point of RD when each pair of values is swapped or not at random, for each projection.</summary>
    /// <param name="pair">The matched runs.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="complete">Which examples of the run count, for each projection.</param>
    /// <param name="againstComplete">Which examples of the matched run count, for each projection.</param>
    /// <param name="permutations">How often the values are dealt anew.</param>
    /// <param name="seed">The seed.</param>
    public static double[] Of(RunPair pair, Metric metric, bool[][] complete, bool[][] againstComplete, int permutations, int seed) =>
        [.. Enumerable.Range(0, complete.Length).Select(projection =>
        {
            var pairs = Array.FindAll(pair.Matched, at => complete[projection][at.Run] && againstComplete[projection][at.Against]);
            return pairs.Length < 2 ? double.NaN : OfProjection(pair, metric, projection, pairs, permutations, seed);
        })];

    private static double OfProjection(RunPair pair, Metric metric, int projection, (int Run, int Against)[] pairs, int permutations, int seed)
    {
        var layers = pair.Run.Layers;
        var (means, againstMeans, differences) = (new double[layers], new double[layers], new double[layers][]);
        var (a, b) = (new double[pair.Run.Count], new double[pair.Against.Count]);
        for (var layer = 0; layer < layers; layer++)
        {
            pair.Run.Read(metric, projection, layer, a);
            pair.Against.Read(metric, projection, layer, b);
            var difference = new double[pairs.Length];
            for (var i = 0; i < pairs.Length; i++)
            {
                means[layer] += a[pairs[i].Run] / pairs.Length;
                againstMeans[layer] += b[pairs[i].Against] / pairs.Length;
                difference[i] = (b[pairs[i].Against] - a[pairs[i].Run]) / pairs.Length;
            }

            differences[layer] = difference;
        }

        var dealt = new double[permutations];
        Parallel.For(0, permutations, permutation =>
        {
            var pooled = ArrayPool<double>.Shared.Rent(pairs.Length);
            var swapped = pooled.AsSpan(0, pairs.Length);
            Swap(seed, permutation, swapped);
            var (first, second) = (new double[layers], new double[layers]);
            for (var layer = 0; layer < layers; layer++)
            {
                var moved = TensorPrimitives.Dot<double>(differences[layer], swapped);
                (first[layer], second[layer]) = (means[layer] + moved, againstMeans[layer] - moved);
            }

            dealt[permutation] = LayerDifference.Relative(first, second);
            ArrayPool<double>.Shared.Return(pooled);
        });
        Array.Sort(dealt);
        return Estimate.Quantile(dealt, Quantile);
    }

    /// <summary>For each pair 1 or 0 with equal probability: whether its values change sides.</summary>
    private static void Swap(int seed, int permutation, Span<double> swaps)
    {
        var random = new Xoshiro256((ulong)seed, Stream | (uint)permutation);
        var bits = 0UL;
        for (var i = 0; i < swaps.Length; i++)
        {
            bits = i % 64 == 0 ? random.Next() : bits >> 1;
            swaps[i] = bits & 1;
        }
    }
}
