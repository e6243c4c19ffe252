using LayerGrad.Runs;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Analysis.Noise;

/// <summary>
/// The gradient noise scale of a kernel's weights, layers and projections. Inner products of several weights are sums of theirs, so that one pass over
/// the file gives them all; of a run, the sums stand in <c>RUN.noise.json</c>.
/// </summary>
internal static class KernelNoise
{
    /// <summary>Reads the kernel and estimates.</summary>
    /// <exception cref="InputException">The file is no kernel of one set of examples.</exception>
    public static NoiseResult Create(NoiseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Bootstrap < 1)
            throw new InputException($"--bootstrap {options.Bootstrap}: must be 1 or more");
        var weights = new List<(string Weight, NoiseScale Noise)>();
        var products = options.Kernel.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ExampleProductsFile.Read(options.Kernel) : Read(options, weights);
        return Of(options, products, weights);
    }

    /// <summary>The gradient noise scale of a run that was measured with <c>--noise</c>; null where nothing of the kind stands beside it.</summary>
    /// <param name="run"><c>RUN.jsonl</c>.</param>
    /// <param name="bootstrap">Resamples behind each interval.</param>
    /// <param name="seed">Their seed.</param>
    /// <param name="step">Of a probe's run the training step; null for the last.</param>
    internal static NoiseResult? Beside(string run, int bootstrap, int seed, int? step = null)
    {
        var paths = new RunPaths(run);
        var path = File.Exists(paths.Noise) ? paths.Noise
            : paths.NoiseSteps() is { Count: > 0 } steps ? steps.GetValueOrDefault(step ?? steps.Keys.Last())
            : null;
        return path is null ? null : Create(new NoiseOptions { Kernel = path, Bootstrap = bootstrap, Seed = seed });
    }

    private static NoiseResult Of(NoiseOptions options, ExampleProducts products, List<(string Weight, NoiseScale Noise)> weights)
    {
        var count = products.Examples.Count;
        if (count < 2)
            throw new InputException($"{options.Kernel}: has {(count == 1 ? "one example" : "no example")}; the noise scale takes two or more");
        var notes = new List<string>();
        if (count < Comparison.FewExamples)
            notes.Add($"{count} examples are few: intervals of fewer than {Comparison.FewExamples} are too narrow to be trusted");
        if (products.LeftOut > 0)
            notes.Add($"{products.LeftOut} measured examples have no part in the noise scale: at most 512 are compared, and none that leaves the range of float32");
        return new NoiseResult(
            options.Kernel, count, options.Bootstrap, options.Seed, Noise(products.Whole),
            [.. products.Layers.Select(layer => (layer.Key, Noise(layer.Value)))],
            [.. products.Projections.Select(one => (one.Key, Noise(one.Value)))],
            weights,
            notes);

        NoiseScale Noise(double[] kernel) => new GradientNoise(kernel, count).Estimated(options.Bootstrap, options.Seed);
    }

    /// <summary>Reads a kernel; a matrix of the file and the sums are in memory, nothing else.</summary>
    private static ExampleProducts Read(NoiseOptions options, List<(string Weight, NoiseScale Noise)> weights)
    {
        using var file = new KernelFile(options.Kernel, option: null);
        var axes = KernelAxes.Of(file);
        InnerProducts.Require(file, axes, "the noise scale");
        if (axes.Sets.Count > 1)
            throw new InputException($"{file.Path}: holds {axes.Sets.Count} sets of examples ({string.Join(", ", axes.Sets)}), which are no sample of one; write a kernel of one set, without --test and --with");
        if (file.Rows < 2)
            throw new InputException($"{file.Path}: has one example; the noise scale takes two or more");
        var products = new ExampleProducts([.. Enumerable.Range(0, file.Rows)]);
        for (var matrix = 0; matrix < file.Matrices; matrix++)
        {
            var kernel = InnerProducts.Read(file, axes, matrix);
            products.Add(axes, matrix, kernel);
            if (axes.IsByWeight)
                weights.Add((axes.Names[matrix], new GradientNoise(kernel, file.Rows).Estimated(options.Bootstrap, options.Seed)));
        }

        return products;
    }
}
