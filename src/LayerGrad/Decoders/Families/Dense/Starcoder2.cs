using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

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
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(Building.Layer).Select(prefix => new LayerSpecification
                {
                    MixerNorm = NormSpecification.Layer($"{prefix}.input_layernorm", sizes.Hidden, epsilon, bias: true),
                    Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, scores, bias, bias),
                    FeedForwardNorm = NormSpecification.Layer($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon, bias: true),
                    FeedForward = Building.PlainMlp($"{prefix}.mlp.c_fc", $"{prefix}.mlp.c_proj", sizes, activation, bias),
                }),
            ],
            FinalNorm = NormSpecification.Layer("model.norm", sizes.Hidden, epsilon, bias: true),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: true)),
        };
    }
}
