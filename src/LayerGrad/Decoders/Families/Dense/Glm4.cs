using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// GLM-4-0414: GLM-4 with a second norm behind attention and behind feed-forward. Reference: transformers <c>modeling_glm4.py</c>.
/// </summary>
internal sealed class Glm4 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151552, 4096, 13696, 40, 32, 2, 131072) { HeadSize = 128, HeadSizeMayBeNull = false, KeyValueHeadsMayBeNull = false };

    /// <inheritdoc />
    public string ModelType => "glm4";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1.5625e-7);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 0.5, Interleaved = true });
        var bias = config.Bool("attention_bias", true);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon),
                Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), qkvBias: bias),
                MixerOutputNorm = NormSpecification.Rms($"{prefix}.post_self_attn_layernorm", sizes.Hidden, epsilon),
                FeedForwardNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
                FeedForward = Building.FusedGatedMlp($"{prefix}.mlp", sizes, activation),
                FeedForwardOutputNorm = NormSpecification.Rms($"{prefix}.post_mlp_layernorm", sizes.Hidden, epsilon),
            };
        });
    }
}
