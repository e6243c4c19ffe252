using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// EXAONE 4.0 (arXiv 2507.11407): OLMo 2's placement of norms with Qwen3's norms of each head; where some layers slide, only those have a
/// rotary embedding. Reference: transformers <c>modeling_exaone4.py</c>.
/// </summary>
internal sealed class Exaone4 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(102400, 4096, 16384, 32, 32, 32, 2048) { KeyValueHeadsMayBeNull = false };

    /// <inheritdoc />
    public string ModelType => "exaone4";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes);
        var activation = config.Activation("hidden_act", "silu");
        var window = Building.Window(config, 4096);
        var slides = LayerTypes(config, sizes, window);
        var windows = Building.Windows(config, window, slides);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            var turned = window is null || slides[layer];
            return new LayerSpecification
            {
                Mixer = Building.WithHeadNorms(
                    Building.Attention($"{prefix}.self_attn", sizes, turned ? rotary : null, Building.Scores(sizes, windows[layer])),
                    $"{prefix}.self_attn.q_norm", $"{prefix}.self_attn.k_norm", epsilon),
                MixerOutputNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
                FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                FeedForwardOutputNorm = NormSpecification.Rms($"{prefix}.post_feedforward_layernorm", sizes.Hidden, epsilon),
            };
        });
    }

    /// <summary>Which layers slide. Without <c>layer_types</c> the reference counts by a <c>sliding_window_pattern</c> that is a number, and fails otherwise.</summary>
    private static bool[] LayerTypes(ConfigReader config, Sizes sizes, int? window)
    {
        const string Pattern = "sliding_window_pattern";
        if (config.Has("layer_types"))
        {
            config.Ignore(Pattern);
            return Building.LayerTypes(config, sizes, static _ => false);
        }

        if (window is null)
            throw config.Inconsistent("sliding_window is null and layer_types missing, from which the reference makes no layers; give layer_types");
        var pattern = config.Int(Pattern, 4, 1);
        return Building.LayerTypes(config, sizes, layer => (layer + 1) % pattern != 0);
    }
}
