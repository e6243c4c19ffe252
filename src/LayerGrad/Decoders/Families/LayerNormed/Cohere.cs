using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.LayerNormed;

/// <summary>
/// Command R (Cohere): layer norm without bias, attention and feed-forward side by side, rotary embedding of neighbouring
/// columns, scaled logits, and where <c>use_qk_norm</c> says so a norm with weights of its own for each head.
/// Reference: transformers <c>modeling_cohere.py</c>.
/// </summary>
internal sealed class Cohere : IFamily
{
    private static readonly SizeDefaults s_sizes = new(256000, 8192, 22528, 40, 64, null, 8192);

    /// <inheritdoc />
    public string ModelType => "cohere";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("layer_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 500_000, Interleaved = true });
        var (bias, headNorms) = (config.Bool("attention_bias", false), config.Bool("use_qk_norm", false));
        var activation = config.Activation("hidden_act", "silu");
        return Decoder(config, ModelType, sizes, epsilon, activation, (prefix, _) => Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), bias, bias) with
        {
            QueryNorm = headNorms ? HeadNorm($"{prefix}.self_attn.q_norm", sizes.Heads) : null,
            KeyNorm = headNorms ? HeadNorm($"{prefix}.self_attn.k_norm", sizes.KeyValueHeads) : null,
        });

        NormSpecification HeadNorm(string name, int heads) =>
            new(Compute.NormKind.Layer, ParameterSpecification.Matrix($"{name}.weight", heads, sizes.HeadSize), null, sizes.HeadSize, epsilon)
            {
                Groups = heads,
                WeightPerGroup = true,
            };
    }

    /// <summary>A decoder whose layers have one norm for both parts, side by side, and whose logits are scaled.</summary>
    internal static DecoderSpecification Decoder(
        ConfigReader config, string family, Sizes sizes, double epsilon, Compute.Activation activation, Func<string, int, AttentionSpecification> attention)
    {
        var decoder = Building.Decoder(config, family, sizes, Norm("model.norm"), tiedByDefault: true, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = Norm($"{prefix}.input_layernorm"),
                Mixer = attention(prefix, layer),
                FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                ParallelResidual = true,
            };
        });
        return decoder with { Head = decoder.Head with { Scale = config.Double("logit_scale", 0.0625) } };

        NormSpecification Norm(string name) => NormSpecification.Layer(name, sizes.Hidden, epsilon, bias: false);
    }
}
