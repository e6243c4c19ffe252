using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// Mixtral (arXiv 2401.04088): Mistral whose feed-forward is a mixture of experts; the weights of a token's experts sum
/// to one. Reference: transformers <c>modeling_mixtral.py</c>.
/// </summary>
internal sealed class Mixtral : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32000, 4096, 14336, 32, 32, 8, 131072);

    /// <inheritdoc />
    public string ModelType => "mixtral";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 1_000_000 });
        var scores = Building.Scores(sizes, Building.Window(config, null));
        var activation = config.Activation("hidden_act", "silu");
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, 8, 2);
        var routing = new RoutingSpecification(perToken) { Renormalize = true };
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, scores),
                Experts.NumberedMixture($"{prefix}.block_sparse_moe", sizes, experts, routing, activation));
        });
    }
}
