using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.LayerNormed;

/// <summary>
/// StarCoder 2 (arXiv 2402.19173): layer norm, biases, a plain feed-forward, and a window. Reference: transformers
/// <c>modeling_starcoder2.py</c>.
/// </summary>
internal sealed class Starcoder2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(49152, 3072, 12288, 30, 24, 2, 4096);

    /// <inheritdoc />
    public string ModelType => "starcoder2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("norm_epsilon", 1e-5);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("use_bias", true);
        var scores = Building.Scores(sizes, Building.Window(config, null));
        var activation = config.Activation("hidden_act", "gelu_pytorch_tanh");
        return Building.Decoder(config, ModelType, sizes, NormSpecification.Layer("model.norm", sizes.Hidden, epsilon, bias: true), tiedByDefault: true, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = NormSpecification.Layer($"{prefix}.input_layernorm", sizes.Hidden, epsilon, bias: true),
                Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, scores, bias, bias),
                FeedForwardNorm = NormSpecification.Layer($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon, bias: true),
                FeedForward = Building.PlainMlp($"{prefix}.mlp.c_fc", $"{prefix}.mlp.c_proj", sizes, activation, bias),
            };
        });
    }
}
