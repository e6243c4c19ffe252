using LayerGrad.Decoders.Families.Dense;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// Qwen3 MoE (arXiv 2505.09388): Qwen3 whose feed-forward is a mixture of experts in every
/// <c>decoder_sparse_step</c>-th layer, those in <c>mlp_only_layers</c> apart. Reference: transformers <c>modeling_qwen3_moe.py</c>.
/// </summary>
internal sealed class Qwen3Moe : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151936, 2048, 6144, 24, 32, 4, 32768) { IntermediateMayBeUnused = true };

    /// <inheritdoc />
    public string ModelType => "qwen3_moe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("attention_bias", false);
        var slides = config.Bool("use_sliding_window", false);
        var window = Building.Window(config, 4096, slides); // In every layer: transformers 5 does not look at max_window_layers here.
        if (!slides)
            config.Ignore("max_window_layers");
        var activation = config.Activation("hidden_act", "silu");
        var (experts, perToken) = Experts.Read(config, 128, 8);
        var (expertSize, renormalize) = (config.Size("moe_intermediate_size", 768), config.Bool("norm_topk_prob", false));
        var (step, dense) = (config.Int("decoder_sparse_step", 1, 1), config.Ints("mlp_only_layers") ?? []);
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(layer => new LayerSpecification
                {
                    MixerNorm = NormSpecification.Rms($"{Building.Layer(layer)}.input_layernorm", sizes.Hidden, epsilon),
                    Mixer = Qwen3.Attention($"{Building.Layer(layer)}.self_attn", sizes, rotary, window, bias, epsilon),
                    FeedForwardNorm = NormSpecification.Rms($"{Building.Layer(layer)}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = (layer + 1) % step == 0 && !dense.Contains(layer)
                        ? Experts.Mixture($"{Building.Layer(layer)}.mlp", sizes.Hidden, expertSize, experts, perToken, renormalize, activation)
                        : Building.GatedMlp($"{Building.Layer(layer)}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false)),
        };
    }
}
