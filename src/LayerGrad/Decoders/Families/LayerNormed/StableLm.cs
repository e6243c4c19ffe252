using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.LayerNormed;

/// <summary>
/// StableLM (arXiv 2402.17834): layer norm, gated feed-forward, rotary embedding of a part of each head; optionally biases
/// at q, k and v, a layer norm for each head, and attention and feed-forward side by side on one norm.
/// Reference: transformers <c>modeling_stablelm.py</c>.
/// </summary>
internal sealed class StableLm : IFamily
{
    private static readonly SizeDefaults s_sizes = new(50304, 2560, 6912, 32, 32, 32, 4096) { ReadsHeadSize = false };

    /// <inheritdoc />
    public string ModelType => "stablelm";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("layer_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 0.25 });
        var (bias, headNorms) = (config.Bool("use_qkv_bias", false), config.Bool("qk_layernorm", false));
        var parallel = config.Bool("use_parallel_residual", false);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, NormSpecification.Layer("model.norm", sizes.Hidden, epsilon, bias: true), tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = NormSpecification.Layer($"{prefix}.input_layernorm", sizes.Hidden, epsilon, bias: true),
                Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), qkvBias: bias) with
                {
                    QueryNorm = headNorms ? HeadNorms($"{prefix}.self_attn.q_layernorm", sizes.Heads) : null,
                    KeyNorm = headNorms ? HeadNorms($"{prefix}.self_attn.k_layernorm", sizes.KeyValueHeads) : null,
                },
                FeedForwardNorm = parallel ? null : NormSpecification.Layer($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon, bias: true),
                FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                ParallelResidual = parallel,
            };
        });

        // Each head's norm is a tensor of its own.
        NormSpecification HeadNorms(string name, int heads) => new(
            Compute.NormKind.Layer,
            new ParameterSpecification([.. Enumerable.Range(0, heads).Select(head => $"{name}.norms.{head}.weight")], heads, sizes.HeadSize, IsVector: true),
            null, sizes.HeadSize, epsilon)
        {
            Groups = heads,
            WeightPerGroup = true,
        };
    }
}
