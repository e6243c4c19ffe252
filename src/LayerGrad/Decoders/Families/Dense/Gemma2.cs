using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Gemma 2 (arXiv 2408.00118): Gemma with norms before and behind each part, caps on scores and logits, a query scale
/// of its own, and a window in every other layer. Reference: transformers <c>modeling_gemma2.py</c>.
/// </summary>
internal sealed class Gemma2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(256000, 2304, 9216, 26, 8, 4, 8192) { HeadSize = 256 };

    /// <inheritdoc />
    public string ModelType => "gemma2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        config.RefuseUnless("use_bidirectional_attention", harmless: false, "false");
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_activation", "gelu_pytorch_tanh");
        var (scale, cap) = (1 / Math.Sqrt(config.PositiveDouble("query_pre_attn_scalar", 256)), Building.Cap(config, "attn_logit_softcapping", 50));
        var window = Building.Window(config, 4096);
        var types = Building.LayerTypes(config, sizes, layer => layer % 2 == 0);
        return Decoder(config, ModelType, sizes, epsilon, Building.Cap(config, "final_logit_softcapping", 30), layer =>
        {
            var shape = new AttentionShape(scale, cap, types[layer] ? window : null);
            var prefix = Building.Layer(layer);
            return Sandwich(prefix, sizes, epsilon, activation, Building.Attention($"{prefix}.self_attn", sizes, rotary, shape, bias, bias));
        });
    }

    /// <summary>A decoder whose embedding is scaled, whose last norm is stored less one, and whose logits may be capped.</summary>
    internal static DecoderSpecification Decoder(ConfigReader config, string family, Sizes sizes, double epsilon, double? cap, Func<int, LayerSpecification> layer)
    {
        var decoder = Building.Decoder(config, family, sizes, NormSpecification.Rms("model.norm", sizes.Hidden, epsilon, addsOne: true), tiedByDefault: true, layer);
        return decoder with { EmbeddingScale = Math.Sqrt(sizes.Hidden), Head = decoder.Head with { SoftCap = cap } };
    }

    /// <summary>A layer with a norm before and behind each part.</summary>
    internal static LayerSpecification Sandwich(string prefix, Sizes sizes, double epsilon, Activation activation, AttentionSpecification attention) => new()
    {
        MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon, addsOne: true),
        Mixer = attention,
        MixerOutputNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon, addsOne: true),
        FeedForwardNorm = NormSpecification.Rms($"{prefix}.pre_feedforward_layernorm", sizes.Hidden, epsilon, addsOne: true),
        FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation),
        FeedForwardOutputNorm = NormSpecification.Rms($"{prefix}.post_feedforward_layernorm", sizes.Hidden, epsilon, addsOne: true),
    };
}
