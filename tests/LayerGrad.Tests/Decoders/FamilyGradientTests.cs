using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;

namespace LayerGrad.Tests.Decoders;

/// <summary>
/// Whole decoders with random weights, every family in its variants: the gradient of every parameter against central
/// differences of the loss, and results that no way of running changes.
/// </summary>
public sealed class FamilyGradientTests
{
    public static TheoryData<string> Families => [.. FamilyVariants.Families];

    [Fact]
    public void Every_family_has_variants() => FamilyVariants.Families.ShouldBe(DecoderFamilies.Names, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_parameter_has_the_gradient_that_differences_give(string family)
    {
        foreach (var variant in FamilyVariants.Of(family))
            DecoderChecks.Gradients(FamilyVariants.Describe(family, variant), $"{family} {variant}");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Neither_neighbours_nor_memory_change_a_gradient(string family)
    {
        foreach (var variant in FamilyVariants.Of(family))
            DecoderChecks.WaysOfRunning(FamilyVariants.Describe(family, variant), $"{family} {variant}");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_layer_takes_the_memory_that_it_tells(string family)
    {
        foreach (var variant in FamilyVariants.Of(family))
            DecoderChecks.Scratch(FamilyVariants.Describe(family, variant), $"{family} {variant}");
    }

    [Fact]
    public void A_norm_s_matrix_has_for_one_example_the_gradient_that_training_sums()
    {
        using var bench = new DecoderBench(FamilyVariants.Describe("cohere", """{"use_qk_norm": true}"""));
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
        using var one = new DecoderBench(specification, threads: 1);
        using var two = new DecoderBench(specification, threads: 2);

        var (first, second) = (one.Linears(batch), two.Linears(batch));

        second.Keys.ShouldBe(first.Keys, ignoreOrder: true);
        foreach (var (key, gradient) in first)
            second[key].AsSpan().SequenceEqual(gradient).ShouldBeTrue($"{key}");
    }
}
