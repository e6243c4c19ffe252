using System.Globalization;
using System.Numerics.Tensors;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Analysis.Noise;

/// <summary>
/// The gradient noise scale of a kernel's weights, layers and projections. Inner products of several weights are sums of theirs, so that one pass over
/// the file gives them all; a matrix of the file and the sums are in memory, nothing else.
/// </summary>
public static class KernelNoise
{
    /// <summary>An interval of fewer examples is too narrow to be trusted (as in comparisons).</summary>
    private const int FewExamples = 10;

    /// <summary>How far two halves of a symmetric matrix may lie apart, relative to the two diagonal cells: a kernel in float32 does.</summary>
    private const double Asymmetry = 1e-5;

    /// <summary>Reads the kernel and estimates.</summary>
    /// <exception cref="InputException">The file is no kernel of one set of examples.</exception>
    public static NoiseResult Create(NoiseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Bootstrap < 1)
            throw new InputException($"--bootstrap {options.Bootstrap}: must be 1 or more");
        using var file = new KernelFile(options.Kernel, option: null);
        var axes = KernelAxes.Of(file);
        Require(file, axes);
        var sums = new Sums(file.Rows);
        var weights = new List<(string Weight, NoiseScale Noise)>();
        for (var matrix = 0; matrix < file.Matrices; matrix++)
        {
            var kernel = file.ReadMatrix(matrix);
            RequireSound(file, axes.Names[matrix], kernel);
            sums.Add(axes, matrix, kernel);
            if (axes.IsByWeight)
                weights.Add((axes.Names[matrix], Noise(kernel)));
        }

        return new NoiseResult(
            options.Kernel, file.Rows, options.Bootstrap, options.Seed, Noise(sums.Whole),
            [.. sums.Layers.Select(layer => (layer.Key, Noise(layer.Value)))],
            [.. sums.Projections.OrderBy(one => one.Key, Comparer<string>.Create(WeightName.CompareProjections)).Select(one => (one.Key, Noise(one.Value)))],
            weights,
            file.Rows < FewExamples ? [$"{file.Rows} examples are few: intervals of fewer than {FewExamples} are too narrow to be trusted"] : []);

        NoiseScale Noise(double[] kernel) => new GradientNoise(kernel, file.Rows).Estimated(options.Bootstrap, options.Seed);
    }

    private static void Require(KernelFile file, KernelAxes axes)
    {
        if (axes.Cosines)
            throw new InputException($"{file.Path}: holds cosines, which have no size; write it without --normalize");
        if (axes.HasTestSet)
            throw new InputException($"{file.Path}: holds two sets of examples, which are no sample of one; write it without --test");
        if (file.Rows != file.Columns)
            throw new InputException($"{file.Path}: is {file.Rows} x {file.Columns}; the noise scale takes a square kernel, as layergrad kernel writes it");
        if (file.Rows < 2)
            throw new InputException($"{file.Path}: has one example; the noise scale takes two or more");
    }

    private static void RequireSound(KernelFile file, string name, double[] kernel)
    {
        var size = file.Rows;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var (lower, upper) = (kernel[(i * size) + j], kernel[(j * size) + i]);
                if (!double.IsFinite(lower) || !double.IsFinite(upper))
                    throw new InputException($"{file.Path}: {name}: examples {i} and {j} have a product that is not finite; leave such examples out and write the kernel again");
                var scale = Math.Sqrt(Math.Abs(kernel[(i * size) + i] * kernel[(j * size) + j]));
                if (Math.Abs(lower - upper) > Asymmetry * scale)
                    throw new InputException($"{file.Path}: {name}: is not symmetric at examples {i} and {j}, so it holds no inner products");
            }
        }
    }

    /// <summary>Inner products of several weights together.</summary>
    private sealed class Sums(int examples)
    {
        public double[] Whole { get; } = new double[examples * examples];

        public SortedDictionary<int, double[]> Layers { get; } = [];

        public Dictionary<string, double[]> Projections { get; } = new(StringComparer.Ordinal);

        public void Add(KernelAxes axes, int matrix, double[] kernel)
        {
            TensorPrimitives.Add(Whole, kernel, Whole);
            if (axes.IsByWeight)
            {
                var weight = WeightName.Parse(axes.Names[matrix]);
                AddTo(Projections, weight.Projection, kernel);
                if (weight.Layer is { } layer)
                    AddTo(Layers, layer, kernel);
            }
            else if (axes.IsByLayer && int.TryParse(axes.Names[matrix], NumberStyles.None, CultureInfo.InvariantCulture, out var layer))
            {
                AddTo(Layers, layer, kernel);
            }
        }

        private void AddTo<TKey>(IDictionary<TKey, double[]> sums, TKey key, double[] kernel)
        {
            if (!sums.TryGetValue(key, out var sum))
                sums[key] = sum = new double[examples * examples];
            TensorPrimitives.Add(sum, kernel, sum);
        }
    }
}
