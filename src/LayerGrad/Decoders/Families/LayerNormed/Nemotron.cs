using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.LayerNormed;

/// <summary>
/// Nemotron and Minitron (arXiv 2402.16819, 2407.14679): layer norms whose weights are stored less one, a feed-forward without a gate whose
/// activation is the squared ReLU, rotary embedding of a part of each head. Reference: transformers <c>modeling_nemotron.py</c>.
/// </summary>
internal sealed class Nemotron : IFamily
{
    private static readonly SizeDefaults s_sizes = new(256000, 6144, 24576, 32, 48, null, 4096);

    /// <inheritdoc />
    public string ModelType => "nemotron";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 0.5 });
        var (attentionBias, mlpBias) = (config.Bool("attention_bias", false), config.Bool("mlp_bias", false));
        var activation = config.Activation("hidden_act", "relu2");
        return Building.Decoder(config, ModelType, sizes, Norm("model.norm"), tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = Norm($"{prefix}.input_layernorm"),
                Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), attentionBias, attentionBias),
                FeedForwardNorm = Norm($"{prefix}.post_attention_layernorm"),
                FeedForward = Building.PlainMlp($"{prefix}.mlp.up_proj", $"{prefix}.mlp.down_proj", sizes, activation, mlpBias),
            };
        });

        NormSpecification Norm(string name) => NormSpecification.Layer(name, sizes.Hidden, epsilon, bias: true) with { AddsOne = true };
    }
}
