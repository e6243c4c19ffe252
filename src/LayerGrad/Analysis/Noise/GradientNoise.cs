using System.Numerics.Tensors;
using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Analysis.Noise;

/// <summary>
/// Estimates the gradient noise scale from the inner products K_ij = ⟨g_i, g_j⟩ of the gradients of n examples. Different examples are independent, so
/// that E K_ij = ‖g‖² for i ≠ j and E K_ii = ‖g‖² + tr Σ; the means over the pairs and over the diagonal are unbiased. With n and 1 as the two batch sizes
/// the estimator of appendix A.1 of McCandlish et al. 2018 (arXiv 1812.06162) gives the same two numbers.
/// </summary>
internal sealed class GradientNoise
{
    private readonly int _examples;
    private readonly double[] _diagonal;
    private readonly double[] _kernel;

    /// <summary>Takes a kernel.</summary>
    /// <param name="kernel">Examples x examples, row-major, symmetric.</param>
    /// <param name="examples">How many examples there are, two at least.</param>
    public GradientNoise(double[] kernel, int examples)
    {
        (_kernel, _examples, _diagonal) = (kernel, examples, new double[examples]);
        for (var i = 0; i < examples; i++)
            _diagonal[i] = kernel[(i * examples) + i];
    }

    /// <summary>The noise scale, with intervals over draws of the examples.</summary>
    /// <param name="replicates">How often the examples are drawn.</param>
    /// <param name="seed">The seed of the draws: the same draws for every kernel of these examples.</param>
    public NoiseScale Estimated(int replicates, int seed)
    {
        var ones = new double[_examples];
        Array.Fill(ones, 1);
        var (norm, trace) = Moments(ones);
        var (norms, traces, scales) = (new double[replicates], new double[replicates], new double[replicates]);
        Parallel.For(0, replicates, replicate =>
        {
            (norms[replicate], traces[replicate]) = Moments(Draw(seed, replicate));
            scales[replicate] = Ratio(norms[replicate], traces[replicate]);
        });
        var squaredNorm = Estimate.Percentile(norm, norms);
        var scale = squaredNorm.IsAbove(0) ? Estimate.Percentile(Ratio(norm, trace), scales) : Estimate.None;
        return new NoiseScale(squaredNorm, Estimate.Percentile(trace, traces), scale);
    }

    /// <summary>A batch as large as one likes where the mean gradient vanishes: such a draw counts as one with the largest B of all.</summary>
    private static double Ratio(double norm, double trace) => double.IsNaN(norm) ? double.NaN : norm > 0 ? trace / norm : double.PositiveInfinity;

    /// <summary>How often each example is drawn.</summary>
    private double[] Draw(int seed, int replicate)
    {
        var counts = new double[_examples];
        var random = new Xoshiro256((ulong)seed, (uint)replicate);
        for (var i = 0; i < _examples; i++)
            counts[random.Below(_examples)]++;
        return counts;
    }

    /// <summary>
    /// ‖g‖² and tr Σ of drawn examples. An example that was drawn twice is no pair of two independent ones: only pairs of different examples count, or
    /// every resample would lie above the truth by tr Σ / n.
    /// </summary>
    private (double SquaredNorm, double Trace) Moments(double[] counts)
    {
        double total = 0, pairs = 0, offDiagonal = 0, diagonal = 0;
        for (var i = 0; i < _examples; i++)
        {
            if (counts[i] == 0)
                continue;
            offDiagonal += counts[i] * (TensorPrimitives.Dot(_kernel.AsSpan(i * _examples, _examples), counts) - (counts[i] * _diagonal[i]));
            diagonal += counts[i] * _diagonal[i];
            pairs -= counts[i] * counts[i];
            total += counts[i];
        }

        pairs += total * total;
        if (pairs == 0)
            return (double.NaN, double.NaN);
        var norm = offDiagonal / pairs;
        return (norm, (diagonal / total) - norm);
    }
}
