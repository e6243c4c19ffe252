using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.LayerNormed;

/// <summary>
/// Command R7B and Command A (arXiv 2504.00698): Command R with a window in three layers of four; only those have a rotary embedding.
/// Reference: transformers <c>modeling_cohere2.py</c>.
/// </summary>
internal sealed class Cohere2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(256000, 8192, 22528, 40, 64, null, 8192);

    /// <inheritdoc />
    public string ModelType => "cohere2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("layer_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Interleaved = true });
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        var window = Building.Window(config, 4096) ?? throw config.Unsupported("sliding_window", "a number, without which the reference makes no mask");
        var slides = Building.LayerTypes(config, sizes, layer => (layer + 1) % config.Int("sliding_window_pattern", 4, 1) != 0);
        config.Ignore("sliding_window_pattern");
        return Cohere.Decoder(config, ModelType, sizes, epsilon, activation, (prefix, layer) => Building.Attention(
            $"{prefix}.self_attn", sizes, slides[layer] ? rotary : null, Building.Scores(sizes, slides[layer] ? window : null), bias, bias));
    }
}
