using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Compute;

namespace LayerGrad.Tests.Decoders;

/// <summary>What must hold of every decoder with random weights, whatever parts it consists of.</summary>
internal static class DecoderChecks
{
    private const double Step = 3e-5;

    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1), ([8, 2, 21, 18, 2, 8], 3)]);

    /// <summary>The gradient of every parameter is the one that central differences of the loss give.</summary>
    public static void Gradients(DecoderSpecification specification, string what)
    {
        using var bench = new DecoderBench(specification);
        var gradients = bench.Gradients(s_batch);
        foreach (var parameter in specification.Parameters.Where(parameter => !parameter.IsBuffer))
            Parameter(bench, s_batch, parameter, gradients[parameter.Name], what);
    }

    /// <summary>Neither neighbours in a batch nor what is kept in memory change a gradient.</summary>
    public static void WaysOfRunning(DecoderSpecification specification, string what)
    {
        using var resident = new DecoderBench(specification);
        using var recomputed = new DecoderBench(specification, keptLayers: 0);
        using var streamed = new DecoderBench(specification, keptLayers: 1, residentLayers: 0, residentHead: false);
        var expected = resident.Linears(s_batch);
        Compare(recomputed.Linears(s_batch), expected, $"{what} computed again");
        Compare(streamed.Linears(s_batch), expected, $"{what} streamed");

        for (var example = 0; example < s_batch.Segments.Count; example++)
        {
            var segment = s_batch.Segments[example];
            var alone = new PackedBatch([([.. s_batch.Ids.Skip(segment.Start).Take(segment.Length)], s_batch.ResponseStarts[example])]);
            var own = expected.Where(pair => pair.Key.Example == example).ToDictionary(pair => (0, pair.Key.Weight), pair => pair.Value);
            Compare(resident.Linears(alone), own, $"{what}, example {example} alone");
        }
    }

    /// <summary>Each layer's forward and backward take as much of the workspace as they say; of experts, no more, as not every token need choose the same.</summary>
    public static void Scratch(DecoderSpecification specification, string what)
    {
        foreach (var layer in specification.Layers)
        {
            foreach (var wants in new[] { true, false })
            {
                using var bench = new LayerBench(specification, layer, s_batch.Segments, wants);
                bench.Check($"{what}, gradients {(wants ? "" : "not ")}wanted");
            }
        }
    }

    private static void Parameter(DecoderBench bench, PackedBatch batch, ParameterSpecification parameter, double[] gradient, string what)
    {
        var norm = Math.Sqrt(gradient.Sum(value => value * value));
        var random = new Random(7);
        for (var trial = 0; trial < 2; trial++)
        {
            // Random with a part along the gradient, so that a gradient of a wrong length shows as much as one of a wrong direction.
            var direction = gradient.Select(value => GuardedMemory.Normal(random) / Math.Sqrt(gradient.Length) + (norm > 0 ? value / norm : 0)).ToArray();
            var slope = gradient.Zip(direction, (g, d) => g * d).Sum();
            var difference = Difference(Step);
            if (Math.Abs(slope - difference) > Tolerance(difference))
                difference = (4 * Difference(Step / 2) - difference) / 3; // Where the loss bends sharply: Richardson's extrapolation.
            slope.ShouldBe(difference, Tolerance(difference), $"{what}: {parameter.Name}");

            double Difference(double step) => (bench.LossAt(batch, parameter, direction, step) - bench.LossAt(batch, parameter, direction, -step)) / (2 * step);
        }
    }

    private static double Tolerance(double slope) => 1e-8 + 1e-6 * Math.Abs(slope);

    /// <summary>The last bits of a product depend on what is packed with it, and no more than those; of a small gradient, those of the larger numbers that it is the sum of.</summary>
    private static void Compare(Dictionary<(int Example, string Weight), double[]> found, Dictionary<(int Example, string Weight), double[]> expected, string what)
    {
        found.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach (var (key, gradient) in expected)
        {
            var (size, error) = (gradient.Max(Math.Abs), found[key].Zip(gradient, (a, b) => Math.Abs(a - b)).Max());
            error.ShouldBeLessThanOrEqualTo(1e-12 * Math.Max(size, 1e-2), $"{what}: {key.Weight} of example {key.Example}");
        }
    }
}
