using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Compute;

namespace LayerGrad.Tests.Decoders;

/// <summary>
/// Whole decoders with random weights, every family in its variants: the gradient of every parameter against central
/// differences of the loss, and results that no way of running changes.
/// </summary>
public sealed class FamilyGradientTests
{
    private const double Step = 3e-5;

    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1), ([8, 2, 21, 18, 2, 8], 3)]);

    public static TheoryData<string> Families => [.. FamilyVariants.Families];

    [Fact]
    public void Every_family_has_variants() => FamilyVariants.Families.ShouldBe(DecoderFamilies.Names, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_parameter_has_the_gradient_that_differences_give(string family)
    {
        foreach (var variant in FamilyVariants.Of(family))
        {
            using var bench = new Bench(FamilyVariants.Describe(family, variant));
            var gradients = bench.Gradients(s_batch);
            foreach (var parameter in bench.Specification.Parameters.Where(parameter => !parameter.IsBuffer))
                Check(bench, parameter, gradients[parameter.Name], $"{family} {variant}");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Neither_neighbours_nor_memory_change_a_gradient(string family)
    {
        foreach (var variant in FamilyVariants.Of(family))
        {
            var specification = FamilyVariants.Describe(family, variant);
            using var resident = new Bench(specification);
            using var recomputed = new Bench(specification, keptLayers: 0);
            using var streamed = new Bench(specification, keptLayers: 1, residentLayers: 0, residentHead: false);
            var expected = resident.Linears(s_batch);
            Compare(recomputed.Linears(s_batch), expected, $"{family} {variant} computed again");
            Compare(streamed.Linears(s_batch), expected, $"{family} {variant} streamed");

            for (var example = 0; example < s_batch.Segments.Count; example++)
            {
                var segment = s_batch.Segments[example];
                var alone = new PackedBatch([([.. s_batch.Ids.Skip(segment.Start).Take(segment.Length)], s_batch.ResponseStarts[example])]);
                var own = expected.Where(pair => pair.Key.Example == example).ToDictionary(pair => (0, pair.Key.Weight), pair => pair.Value);
                Compare(resident.Linears(alone), own, $"{family} {variant}, example {example} alone");
            }
        }
    }

    [Fact]
    public void A_norm_s_matrix_has_for_one_example_the_gradient_that_training_sums()
    {
        using var bench = new Bench(FamilyVariants.Describe("cohere", """{"use_qk_norm": true}"""));
        var alone = new PackedBatch([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4)]);
        var (linears, sums) = (bench.Linears(alone), bench.Gradients(alone));
        string[] names = [.. linears.Keys.Select(key => key.Weight).Where(name => name.Contains("_norm.", StringComparison.Ordinal))];
        names.ShouldBe(
            [
                "model.layers.0.self_attn.q_norm.weight", "model.layers.0.self_attn.k_norm.weight",
                "model.layers.1.self_attn.q_norm.weight", "model.layers.1.self_attn.k_norm.weight",
            ],
            ignoreOrder: true);
        foreach (var name in names)
        {
            linears[(0, name)].Max(Math.Abs).ShouldBeGreaterThan(1e-6);
            foreach (var (value, sum) in linears[(0, name)].Zip(sums[name]))
                value.ShouldBe(sum, 1e-15);
        }
    }

    [Theory]
    [InlineData("llama", "{}")]
    [InlineData("gpt_neox", """{"rotary_pct": 0.5}""")]
    [InlineData("olmoe", """{"num_experts": 4, "num_experts_per_tok": 2, "clip_qkv": 0.6}""")]
    [InlineData("gemma2", """{"query_pre_attn_scalar": 8, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0, "sliding_window": 30}""")]
    public void The_number_of_threads_changes_no_bit(string family, string variant)
    {
        var random = new Random(3);
        var batch = new PackedBatch([.. Enumerable.Range(0, 20).Select(i => (Enumerable.Range(0, 50 + i).Select(_ => random.Next(23)).ToArray(), 10))]);
        var specification = FamilyVariants.Describe(family, variant);
        using var one = new Bench(specification, threads: 1);
        using var two = new Bench(specification, threads: 2);

        var (first, second) = (one.Linears(batch), two.Linears(batch));

        second.Keys.ShouldBe(first.Keys, ignoreOrder: true);
        foreach (var (key, gradient) in first)
            second[key].AsSpan().SequenceEqual(gradient).ShouldBeTrue($"{key}");
    }

    private static void Check(Bench bench, ParameterSpecification parameter, double[] gradient, string what)
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

            double Difference(double step) => (bench.LossAt(parameter, direction, step) - bench.LossAt(parameter, direction, -step)) / (2 * step);
        }
    }

    private static double Tolerance(double slope) => 1e-8 + 1e-6 * Math.Abs(slope);

    /// <summary>The last bits of a product depend on what is packed with it, and no more than those.</summary>
    private static void Compare(Dictionary<(int Example, string Weight), double[]> found, Dictionary<(int Example, string Weight), double[]> expected, string what)
    {
        found.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach (var (key, gradient) in expected)
        {
            var (size, error) = (gradient.Max(Math.Abs), found[key].Zip(gradient, (a, b) => Math.Abs(a - b)).Max());
            error.ShouldBeLessThanOrEqualTo(1e-12 * Math.Max(size, 1e-3), $"{what}: {key.Weight} of example {key.Example}");
        }
    }

    /// <summary>A decoder with random weights.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly CpuDevice<double> _device;
        private readonly Decoder<double> _decoder;
        private readonly RandomParameters _parameters;

        public Bench(DecoderSpecification specification, int keptLayers = int.MaxValue, int residentLayers = int.MaxValue, bool residentHead = true, int threads = 2)
        {
            Specification = specification;
            _device = new CpuDevice<double>(threads);
            _parameters = new RandomParameters(specification);
            var weights = new WeightStore<double>(_device, specification, _parameters, residentLayers, residentHead);
            _decoder = new Decoder<double>(_device, specification, weights, Math.Min(keptLayers, specification.Layers.Count));
        }

        public DecoderSpecification Specification { get; }

        /// <summary>The gradient of each linear weight for each example.</summary>
        public Dictionary<(int Example, string Weight), double[]> Linears(PackedBatch batch)
        {
            using var sink = new DenseGradients(_device, _ => true);
            _decoder.Backward(batch, sink);
            return sink.Linears;
        }

        /// <summary>The gradient of every parameter for the sum of the examples' losses.</summary>
        public Dictionary<string, double[]> Gradients(PackedBatch batch)
        {
            using var sink = new DenseGradients(_device, _ => true, parameters: true);
            _decoder.Backward(batch, sink);
            var linears = Specification.Layers.SelectMany(layer => layer.Linears).Append(Specification.Head.Linear).Select(linear => linear.Weight.Name).ToHashSet();
            var gradients = new Dictionary<string, double[]>();
            foreach (var parameter in Specification.Parameters.Where(parameter => !parameter.IsBuffer))
            {
                var sum = linears.Contains(parameter.Name) && parameter.Name != Specification.Embedding.Name ? new double[parameter.Count] : sink.Parameter(parameter);
                foreach (var gradient in sink.Linears.Where(pair => pair.Key.Weight == parameter.Name).Select(pair => pair.Value))
                    sum = [.. sum.Zip(gradient, (a, b) => a + b)];
                gradients[parameter.Name] = sum;
            }

            return gradients;
        }

        /// <summary>The sum of the losses with a parameter moved along a direction.</summary>
        public double LossAt(ParameterSpecification parameter, double[] direction, double step)
        {
            var values = _parameters[parameter];
            var kept = values.ToArray();
            for (var i = 0; i < values.Length; i++)
                values[i] += step * direction[i];
            Refresh(parameter, values);
            var loss = _decoder.Losses(s_batch).Sum();
            kept.CopyTo(values, 0);
            Refresh(parameter, values);
            return loss;
        }

        public void Dispose()
        {
            _decoder.Dispose();
            _device.Dispose();
        }

        private void Refresh(ParameterSpecification parameter, double[] values)
        {
            if (_decoder.Weights.Holds(parameter))
                _device.Upload(values, _decoder.Weights[parameter]);
        }
    }
}
