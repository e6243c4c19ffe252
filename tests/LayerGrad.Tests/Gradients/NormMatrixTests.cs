using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Gradients;
using LayerGrad.Tests.Decoders;
using MathNet.Numerics.LinearAlgebra;

namespace LayerGrad.Tests.Gradients;

/// <summary>Command R's norms of queries and keys have weights of two dimensions in self-attention, so the original's rule measures them.</summary>
public sealed class NormMatrixTests
{
    private static readonly PackedBatch s_batch = new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 9, 2, 4], 1), ([8, 2, 21, 18, 2, 8], 3)]);

    [Fact]
    public void The_original_s_rule_takes_them_behind_the_projections()
    {
        var names = WeightSelector.OriginalScript(FamilyVariants.Describe("cohere", """{"use_qk_norm": true}""")).Select(weight => weight.Name);
        names.Take(6).ShouldBe(((string[])["q_proj", "k_proj", "v_proj", "o_proj", "q_norm", "k_norm"]).Select(name => $"model.layers.0.self_attn.{name}.weight"));
    }

    [Fact]
    public void No_other_family_has_norms_of_two_dimensions()
    {
        foreach (var family in DecoderFamilies.Names.Where(name => name != "cohere"))
        {
            foreach (var variant in FamilyVariants.Of(family))
                FamilyVariants.Describe(family, variant).Layers.ShouldAllBe(layer => layer.Measurable.Count() == layer.Linears.Count());
        }
    }

    [Fact]
    public void Their_statistics_are_those_of_the_dense_gradient_packed_or_not()
    {
        var specification = FamilyVariants.Describe("cohere", """{"use_qk_norm": true}""");
        using var device = new CpuDevice<double>(2);
        using var decoder = new Decoder<double>(
            device, specification, new WeightStore<double>(device, specification, new RandomParameters(specification), int.MaxValue, residentHead: true), specification.Layers.Count);
        var weights = WeightSelector.OriginalScript(specification).Where(weight => weight.Name.Contains("_norm", StringComparison.Ordinal)).ToList();
        using var dense = new DenseGradients(device, _ => true);
        decoder.Backward(s_batch, dense);
        var sink = new StatisticsSink<double>(device, weights);
        decoder.Backward(s_batch, sink);

        for (var example = 0; example < s_batch.Segments.Count; example++)
        {
            for (var i = 0; i < weights.Count; i++)
            {
                var statistics = sink.Of(example)[i];
                var gradient = dense.Linears[(example, weights[i].Name)];
                var spectrum = Matrix<double>.Build.Dense(weights[i].Inputs, weights[i].Outputs, gradient).Svd(computeVectors: false).S;
                var scale = 1e-9 * spectrum[0];
                statistics.Mean.ShouldBe(gradient.Average(), scale);
                statistics.Max.ShouldBe(gradient.Max(), scale);
                statistics.Min.ShouldBe(gradient.Min(), scale);
                statistics.FrobeniusNorm.ShouldBe(Math.Sqrt(gradient.Sum(value => value * value)), scale);
                statistics.SingularValues.Length.ShouldBe(spectrum.Count);
                for (var j = 0; j < spectrum.Count; j++)
                    statistics.SingularValues[j].ShouldBe(spectrum[j], scale);
            }
        }
    }
}
