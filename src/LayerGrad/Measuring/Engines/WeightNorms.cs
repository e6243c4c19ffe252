using System.Numerics;
using LayerGrad.Decoders;
using LayerGrad.Gradients;

namespace LayerGrad.Measuring.Engines;

/// <summary>The Frobenius norms of weights as the model has them, whatever their gradients are computed in.</summary>
internal static class WeightNorms
{
    /// <summary>Reads weights once.</summary>
    /// <param name="weights">Whole weights and parts of fused ones.</param>
    /// <param name="source">Where they are.</param>
    /// <returns>√ Σ Wᵢⱼ² of each, summed in float64.</returns>
    public static double[] Of<T>(IReadOnlyList<SelectedWeight> weights, IParameterSource<T> source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var norms = new double[weights.Count];
        ParallelLoop.For(weights.Count, i =>
        {
            var sum = 0.0;
            foreach (var (first, count) in Rows(weights[i]))
                sum += Squares(weights[i], source, first, count);
            norms[i] = Math.Sqrt(sum);
        });
        return norms;
    }

    /// <summary>The neighbouring rows of the whole weight that belong to it.</summary>
    private static IEnumerable<(int First, int Count)> Rows(SelectedWeight weight) => weight.Part is { } part
        ? Enumerable.Range(0, part.Groups).Select(group => (part.Start + group * part.Spacing, part.Size))
        : [(0, weight.Outputs)];

    private static double Squares<T>(SelectedWeight weight, IParameterSource<T> source, int first, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int MostElements = 1 << 20;
        var columns = weight.Inputs;
        var height = Math.Clamp(MostElements / columns, 1, count);
        var rows = new T[height * columns];
        var sum = 0.0;
        for (var row = first; row < first + count; row += height)
        {
            var part = rows.AsSpan(0, Math.Min(height, first + count - row) * columns);
            source.Read(weight.Linear.Weight, (long)row * columns, part);
            foreach (var element in part)
            {
                var value = double.CreateTruncating(element);
                sum += value * value;
            }
        }

        return sum;
    }
}
