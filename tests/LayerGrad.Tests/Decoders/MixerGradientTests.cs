namespace LayerGrad.Tests.Decoders;

/// <summary>Mixers of every kind by themselves, in small decoders: those with a feed-forward behind each, and those without.</summary>
public sealed class MixerGradientTests
{
    public static TheoryData<string> Variants => [.. MixerVariants.Names];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_parameter_has_the_gradient_that_differences_give(string variant) => ForBoth(variant, DecoderChecks.Gradients);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Neither_neighbours_nor_memory_change_a_gradient(string variant) => ForBoth(variant, DecoderChecks.WaysOfRunning);

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_mixer_takes_the_memory_that_it_tells(string variant) => ForBoth(variant, DecoderChecks.Scratch);

    private static void ForBoth(string variant, Action<LayerGrad.Decoders.Specification.DecoderSpecification, string> check)
    {
        check(MixerVariants.Describe(variant, alone: false), variant);
        check(MixerVariants.Describe(variant, alone: true), $"{variant} without a feed-forward");
    }
}
