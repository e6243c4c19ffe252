using System.Globalization;
using LayerGrad.Runs.Kernels;

namespace LayerGrad.Analysis.Agreement;

/// <summary>How the sets of a kernel agree, by weight, layer and projection and as a whole, in one pass over the file.</summary>
internal static class KernelAgreement
{
    /// <summary>Reads the kernel and estimates.</summary>
    /// <exception cref="InputException">The file is no kernel of inner products, or has not the sets that are asked for.</exception>
    public static AgreementResult Create(AgreementOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Bootstrap < 1)
            throw new InputException($"--bootstrap {options.Bootstrap}: must be 1 or more");
        using var file = new KernelFile(options.Kernel, option: null);
        var axes = KernelAxes.Of(file);
        InnerProducts.Require(file, axes, "agreement");
        var sets = ComparedSets.Of(options, axes);
        var products = new ExampleProducts([.. Enumerable.Range(0, file.Rows)]);
        var weights = new List<WeightsAgreement>();
        for (var matrix = 0; matrix < file.Matrices; matrix++)
        {
            var kernel = InnerProducts.Read(file, axes, matrix);
            products.Add(axes, matrix, kernel);
            if (axes.IsByWeight)
                weights.Add(Agreement(axes.Names[matrix], kernel));
        }

        return new AgreementResult(
            options.Kernel, [.. sets.Names.Select((name, set) => (name, sets.SizeOf(set)))], options.Bootstrap, options.Seed, Agreement("all", products.Whole),
            [.. products.Layers.Select(layer => Agreement(layer.Key.ToString(CultureInfo.InvariantCulture), layer.Value))],
            [.. products.Projections.Select(one => Agreement(one.Key, one.Value))],
            weights, [.. Notes(sets, axes)]);

        WeightsAgreement Agreement(string name, double[] kernel)
        {
            var (own, pairs) = new SetProducts(kernel, file.Rows, sets).Estimated(options.Bootstrap, options.Seed);
            return new WeightsAgreement(name, own, pairs);
        }
    }

    /// <summary>The agreement of the sets of a kernel, where it has several; null otherwise.</summary>
    /// <param name="kernel">The file.</param>
    /// <param name="axes">Its axes.</param>
    /// <param name="bootstrap">Resamples behind each interval.</param>
    /// <param name="seed">Their seed.</param>
    internal static AgreementResult? OfSeveral(string kernel, KernelAxes axes, int bootstrap, int seed) =>
        axes.Sets.Count < 2 || axes.Cosines ? null : Create(new AgreementOptions { Kernel = kernel, Bootstrap = bootstrap, Seed = seed });

    private static IEnumerable<string> Notes(ComparedSets sets, KernelAxes axes)
    {
        for (var set = 0; set < sets.Names.Count; set++)
        {
            if (sets.SizeOf(set) < Comparison.FewExamples)
                yield return $"{sets.Names[set]}: {sets.SizeOf(set)} examples are few: intervals of fewer than {Comparison.FewExamples} are too narrow to be trusted";
        }

        for (var a = 0; a < sets.Names.Count; a++)
        {
            for (var b = a + 1; b < sets.Names.Count; b++)
            {
                if (sets.Shared(a, b) is > 0 and var shared)
                    yield return $"{sets.Names[a]} and {sets.Names[b]} share {shared} prompts: these are drawn together, and pairs of one prompt count in the cosine alone, not in what is corrected for noise nor in the shares";
            }
        }

        if (sets.Names.Count > 1 && axes.Members.All(member => member.Question is null))
            yield return "the kernel does not say which examples share a prompt, so all count as independent";
    }
}
