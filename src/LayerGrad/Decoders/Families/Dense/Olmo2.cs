using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// OLMo 2 (arXiv 2501.00656): Llama with the norms behind each part instead of before it, and RMS norms over all query
/// and all key columns. Reference: transformers <c>modeling_olmo2.py</c>.
/// </summary>
internal sealed class Olmo2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(50304, 4096, 11008, 32, 32, null, 2048);

    /// <inheritdoc />
    public string ModelType => "olmo2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(
            config, ModelType, sizes, epsilon, tiedByDefault: false, layer => Layer(layer, sizes, epsilon, rotary, window: null, bias, activation));
    }

    /// <summary>A layer with the norms behind its parts.</summary>
    internal static LayerSpecification Layer(
        int layer, Sizes sizes, double epsilon, RotarySpecification rotary, int? window, bool bias, Activation activation)
    {
        var prefix = Building.Layer(layer);
        return new LayerSpecification
        {
            Mixer = Building.WithColumnNorms(
                Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes, window), bias, bias), $"{prefix}.self_attn", epsilon),
            MixerOutputNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
            FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation),
            FeedForwardOutputNorm = NormSpecification.Rms($"{prefix}.post_feedforward_layernorm", sizes.Hidden, epsilon),
        };
    }
}
