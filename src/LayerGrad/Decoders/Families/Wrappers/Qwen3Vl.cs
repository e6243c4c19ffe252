using LayerGrad.Decoders.Families.Dense;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Wrappers;

/// <summary>
/// Qwen3-VL (arXiv 2511.21631): Qwen3 with eyes and a rotary embedding of several axes, which for text are one.
/// Reference: transformers <c>modeling_qwen3_vl.py</c>.
/// </summary>
internal sealed class Qwen3Vl : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151936, 4096, 22016, 32, 32, 32, 128000) { HeadSize = 128 };

    private static readonly RotaryRules s_rotary = new() { Theta = 500_000, Axes = RotaryAxes.Interleaved };

    /// <inheritdoc />
    public string ModelType => "qwen3_vl";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config) =>
        TextModel.Within(config, ModelType, Text(TextModel.Config(config)), config.Bool("tie_word_embeddings", false));

    private static DecoderSpecification Text(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes, s_rotary);
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, "qwen3_vl_text", sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Qwen3.Attention($"{prefix}.self_attn", sizes, rotary, window: null, bias, epsilon),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }
}
