using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// OLMoE (arXiv 2409.02060): a mixture of experts in every layer, RMS norms over all query and all key columns, and
/// queries, keys and values clamped where <c>clip_qkv</c> says so. Reference: transformers <c>modeling_olmoe.py</c>.
/// </summary>
internal sealed class Olmoe : IFamily
{
    private static readonly SizeDefaults s_sizes = new(50304, 2048, 2048, 16, 16, null, 4096);

    /// <inheritdoc />
    public string ModelType => "olmoe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes);
        var (bias, clamp) = (config.Bool("attention_bias", false), config.OptionalPositiveDouble("clip_qkv"));
        var activation = config.Activation("hidden_act", "silu");
        var (experts, perToken) = Experts.Read(config, 64, 8);
        var renormalize = config.Bool("norm_topk_prob", false);
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
                    MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon),
                    Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), bias, bias) with
                    {
                        QueryNorm = NormSpecification.Rms($"{prefix}.self_attn.q_norm", sizes.Heads * sizes.HeadSize, epsilon),
                        KeyNorm = NormSpecification.Rms($"{prefix}.self_attn.k_norm", sizes.KeyValueHeads * sizes.HeadSize, epsilon),
                        Clamp = clamp,
                    },
                    FeedForwardNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = Experts.Mixture($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, experts, perToken, renormalize, activation),
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false)),
        };
    }
}
