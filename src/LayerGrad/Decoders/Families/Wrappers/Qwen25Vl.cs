using LayerGrad.Decoders.Families.Dense;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Wrappers;

/// <summary>
/// Qwen2.5-VL (arXiv 2502.13923): Qwen2 with eyes and a rotary embedding of several axes, which for text are one. The published
/// configurations have no <c>text_config</c>: its fields stand at the top. Reference: transformers <c>modeling_qwen2_5_vl.py</c>.
/// </summary>
internal sealed class Qwen25Vl : IFamily
{
    private static readonly SizeDefaults s_sizes = new(152064, 8192, 29568, 80, 64, 8, 32768) { ReadsHeadSize = false };

    private static readonly RotaryRules s_rotary = new() { Theta = 1_000_000, Axes = RotaryAxes.Sections };

    /// <inheritdoc />
    public string ModelType => "qwen2_5_vl";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        const string Tie = "tie_word_embeddings";
        var text = config.Object("text_config") ?? config;
        return TextModel.Within(config, ModelType, Text(text), config.Bool(Tie, false) | text.Bool(Tie, false));
    }

    private static DecoderSpecification Text(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, s_rotary);
        var windows = Qwen2.Windows(config, sizes, firstByDefault: 80);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, "qwen2_5_vl_text", sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes, windows[layer]), qkvBias: true),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }
}
