using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// GLM-4 (arXiv 2406.12793): Llama with rotary embedding of neighbouring columns in a part of each head, biases at q, k
/// and v, and one layer for gate and up. Reference: transformers <c>modeling_glm.py</c>.
/// </summary>
internal sealed class Glm : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151552, 4096, 13696, 40, 32, 2, 131072) { HeadSize = 128 };

    /// <inheritdoc />
    public string ModelType => "glm";

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
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), qkvBias: bias),
                Building.FusedGatedMlp($"{prefix}.mlp", sizes, activation));
        });
    }
}
