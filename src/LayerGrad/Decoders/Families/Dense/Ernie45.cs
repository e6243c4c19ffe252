using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// ERNIE 4.5 (Baidu, 2025), the dense model: Llama with rotary embedding of neighbouring columns and a head size of its own.
/// Reference: transformers <c>modeling_ernie4_5.py</c>.
/// </summary>
internal sealed class Ernie45 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(103424, 1024, 3072, 18, 16, 2, 131072) { HeadSize = 128 };

    /// <inheritdoc />
    public string ModelType => "ernie4_5";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 500_000, Interleaved = true });
        var bias = config.Bool("use_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: true, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), bias, bias),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation, bias));
        });
    }
}
