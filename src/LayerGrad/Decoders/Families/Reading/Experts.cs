using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>Mixtures of experts as most checkpoints name them.</summary>
internal static class Experts
{
    /// <summary>The number of experts, under either of its two names, and how many of them a token goes through.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaultCount">The number of experts where the field is missing.</param>
    /// <param name="defaultPerToken">How many a token goes through where the field is missing.</param>
    public static (int Count, int PerToken) Read(ConfigReader config, int defaultCount, int defaultPerToken)
    {
        const string Name = "num_experts";
        const string OtherName = "num_local_experts";
        var field = config.HasKey(OtherName) && !config.HasKey(Name) ? OtherName : Name;
        var (count, perToken) = (config.Count(field, defaultCount), config.Count("num_experts_per_tok", defaultPerToken));
        if (field == Name && config.HasKey(OtherName) && config.Count(OtherName) != count)
            throw config.Inconsistent($"{Name} is {count}, but {OtherName} {config.Count(OtherName)}");
        if (perToken > count)
            throw config.Inconsistent($"num_experts_per_tok {perToken} asks for more experts than {field} {count}");
        if (count > config.Tensors.Experts)
        {
            var origin = config.HasKey(field) ? $"{field} is {count}" : $"{Name} (or {OtherName}) is missing, for which {count} stands";
            throw config.Inconsistent($"{origin}, but the checkpoint has the tensors of {config.Tensors.Experts} experts a layer");
        }

        return (count, perToken);
    }

    /// <summary>A router <c>gate</c> and experts with <c>gate_proj</c>, <c>up_proj</c> and <c>down_proj</c>.</summary>
    public static MixtureOfExpertsSpecification Mixture(
        string prefix, int hidden, int intermediate, int experts, int perToken, bool renormalize, Activation activation) => new(
        LinearSpecification.Create($"{prefix}.gate", hidden, experts),
        [.. Enumerable.Range(0, experts).Select(expert => Building.GatedMlp($"{prefix}.experts.{expert}", hidden, intermediate, activation))],
        perToken, renormalize);
}
