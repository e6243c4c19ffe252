using System.Globalization;
using System.Numerics.Tensors;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Runs.Kernels;

/// <summary>
/// The inner products ⟨g_i, g_j⟩ between the gradients of examples: examples x examples, row-major, for each layer, for each projection over all layers, and
/// for all weights together. Those of several weights are the sums of theirs.
/// </summary>
/// <param name="examples">The examples' positions in the dataset, ascending.</param>
internal sealed class ExampleProducts(IReadOnlyList<int> examples)
{
    /// <summary>The examples' positions in the dataset, ascending.</summary>
    public IReadOnlyList<int> Examples => examples;

    /// <summary>Examples of which there are lines but no products: at the edge of float32, or beyond the most that are compared.</summary>
    public int LeftOut { get; init; }

    /// <summary>Of all weights together.</summary>
    public double[] Whole { get; } = new double[examples.Count * examples.Count];

    /// <summary>Of each layer.</summary>
    public SortedDictionary<int, double[]> Layers { get; } = [];

    /// <summary>Of each projection.</summary>
    public SortedDictionary<string, double[]> Projections { get; } = new(Comparer<string>.Create(WeightName.CompareProjections));

    /// <summary>Adds those of a weight.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="products">Examples x examples.</param>
    public void AddWeight(string name, double[] products)
    {
        var weight = WeightName.Parse(name);
        Add(Whole, products);
        Add(Of(Projections, weight.Projection), products);
        if (weight.Layer is { } layer)
            Add(Of(Layers, layer), products);
    }

    /// <summary>Adds a matrix of a kernel: a weight's, a layer's, or one that belongs to neither.</summary>
    /// <param name="axes">The kernel's axes.</param>
    /// <param name="matrix">Which of its matrices.</param>
    /// <param name="products">Examples x examples.</param>
    public void Add(KernelAxes axes, int matrix, double[] products)
    {
        if (axes.IsByWeight)
            AddWeight(axes.Names[matrix], products);
        else
            AddLayer(axes.IsByLayer && int.TryParse(axes.Names[matrix], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : null, products);
    }

    /// <summary>Adds those of all weights of a layer.</summary>
    /// <param name="layer">The layer; null for what belongs to none.</param>
    /// <param name="products">Examples x examples.</param>
    public void AddLayer(int? layer, double[] products)
    {
        Add(Whole, products);
        if (layer is { } number)
            Add(Of(Layers, number), products);
    }

    private double[] Of<TKey>(SortedDictionary<TKey, double[]> sums, TKey key)
        where TKey : notnull
    {
        if (!sums.TryGetValue(key, out var sum))
            sums[key] = sum = new double[Whole.Length];
        return sum;
    }

    private static void Add(double[] sum, double[] products) => TensorPrimitives.Add(sum, products, sum);
}
