using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Seed-OSS (ByteDance, 2025): Llama with a head size of its own and biases of q, k and v, of o, and of feed-forward each by their own
/// field. Reference: transformers <c>modeling_seed_oss.py</c>.
/// </summary>
internal sealed class SeedOss : IFamily
{
    private static readonly SizeDefaults s_sizes = new(155136, 4096, 27648, 64, 80, 8, 524288) { HeadSize = 128 };

    /// <inheritdoc />
    public string ModelType => "seed_oss";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var (qkvBias, outputBias) = (config.Bool("attention_bias", true), config.Bool("attention_out_bias", false));
        var mlpBias = config.Bool("mlp_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), qkvBias, outputBias),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation, mlpBias));
        });
    }
}
