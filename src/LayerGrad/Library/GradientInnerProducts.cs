namespace LayerGrad;

/// <summary>
/// The inner products ⟨G_i, G_j⟩ between the loss gradients of examples, weight by weight: the kernel of Jacot et al. 2018 (arXiv 1806.07572) on the losses.
/// </summary>
public sealed class GradientInnerProducts
{
    private readonly Dictionary<string, double[,]> _byWeight;

    internal GradientInnerProducts(IReadOnlyList<Example> examples, IReadOnlyList<string> weights, Dictionary<string, double[,]> byWeight) =>
        (Examples, Weights, _byWeight) = (examples, weights, byWeight);

    /// <summary>The examples: rows and columns of each kernel.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>The weights' full names, in the order of the layers.</summary>
    public IReadOnlyList<string> Weights { get; }

    /// <summary>The kernel of one weight, examples × examples, symmetric, in nats².</summary>
    /// <param name="weight">The weight's full name.</param>
    /// <exception cref="KeyNotFoundException">The weight was not measured; the message says the nearest names.</exception>
    public double[,] this[string weight] => _byWeight.TryGetValue(weight, out var kernel) ? kernel
        : throw new KeyNotFoundException($"'{weight}' was not measured; the nearest of what was: {string.Join(", ", Weights.OrderBy(name => EditDistance.Between(weight, name)).Take(3))}.");

    /// <summary>The kernel of all weights together: the sum over them.</summary>
    public double[,] Sum()
    {
        var sum = new double[Examples.Count, Examples.Count];
        foreach (var weight in Weights)
        {
            var kernel = _byWeight[weight];
            for (var i = 0; i < Examples.Count; i++)
            {
                for (var j = 0; j < Examples.Count; j++)
                    sum[i, j] += kernel[i, j];
            }
        }

        return sum;
    }

    /// <summary>The cosine between two examples' gradients of a weight; NaN where one of them is zero.</summary>
    /// <param name="weight">The weight's full name.</param>
    /// <param name="first">The place of one example, from 0.</param>
    /// <param name="second">The place of the other.</param>
    /// <exception cref="KeyNotFoundException">The weight was not measured.</exception>
    public double Cosine(string weight, int first, int second)
    {
        var kernel = this[weight];
        return kernel[first, second] / Math.Sqrt(kernel[first, first]) / Math.Sqrt(kernel[second, second]);
    }
}
