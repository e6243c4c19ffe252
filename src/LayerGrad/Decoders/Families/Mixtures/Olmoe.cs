using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// OLMoE (arXiv 2409.02060): a mixture of experts in every layer, RMS norms over all query and all key columns, and
/// queries, keys and values clamped where <c>clip_qkv</c> says so. Reference: transformers <c>modeling_olmoe.py</c>.
/// </summary>
internal sealed class Olmoe : IFamily
{
    private static readonly SizeDefaults s_sizes = new(50304, 2048, 2048, 16, 16, null, 4096);

    /// <inheritdoc />
    public string ModelType => "olmoe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes);
        var (bias, clamp) = (config.Bool("attention_bias", false), config.OptionalPositiveDouble("clip_qkv"));
        var activation = config.Activation("hidden_act", "silu");
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, 64, 8);
        var routing = new RoutingSpecification(perToken) { Renormalize = config.Bool("norm_topk_prob", false) };
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            var attention = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), bias, bias) with { Clamp = clamp };
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.WithColumnNorms(attention, $"{prefix}.self_attn", epsilon),
                Experts.Mixture($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, experts, routing, activation));
        });
    }
}
