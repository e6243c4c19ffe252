using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>Mixtures of experts as most checkpoints name them.</summary>
internal static class Experts
{
    /// <summary>The number of experts and how many of them a token goes through.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="countField">The field of the number of experts.</param>
    public static (int Count, int PerToken) Read(ConfigReader config, string countField)
    {
        var (count, perToken) = (config.Positive(countField), config.Positive("num_experts_per_tok"));
        if (perToken > count)
            throw config.Inconsistent($"num_experts_per_tok {perToken} asks for more experts than {countField} {count}");
        return (count, perToken);
    }

    /// <summary>A router <c>gate</c> and experts with <c>gate_proj</c>, <c>up_proj</c> and <c>down_proj</c>.</summary>
    public static MixtureOfExpertsSpecification Mixture(
        string prefix, int hidden, int intermediate, int experts, int perToken, bool renormalize, Activation activation) => new(
        LinearSpecification.Create($"{prefix}.gate", hidden, experts),
        [.. Enumerable.Range(0, experts).Select(expert => Building.GatedMlp($"{prefix}.experts.{expert}", hidden, intermediate, activation))],
        perToken, renormalize);
}
