using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Llama (arXiv 2302.13971, 2307.09288, 2407.21783): RMS norm, rotary embedding, grouped queries, SwiGLU. The pattern
/// that the other families differ from. Reference: transformers <c>modeling_llama.py</c>.
/// </summary>
internal sealed class Llama : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32000, 4096, 11008, 32, 32, null, 2048);

    /// <inheritdoc />
    public string ModelType => "llama";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var (attentionBias, mlpBias) = (config.Bool("attention_bias", false), config.Bool("mlp_bias", false));
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), attentionBias, attentionBias),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation, mlpBias));
        });
    }
}
