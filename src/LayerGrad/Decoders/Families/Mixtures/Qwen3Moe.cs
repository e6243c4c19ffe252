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
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, 128, 8);
        var expertSize = config.Size("moe_intermediate_size", 768);
        var routing = new RoutingSpecification(perToken) { Renormalize = config.Bool("norm_topk_prob", false) };
        var (step, dense) = (config.Int("decoder_sparse_step", 1, 1), config.Ints("mlp_only_layers") ?? []);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Qwen3.Attention($"{prefix}.self_attn", sizes, rotary, window, bias, epsilon),
                (layer + 1) % step == 0 && !dense.Contains(layer)
                    ? Experts.Mixture($"{prefix}.mlp", sizes.Hidden, expertSize, experts, routing, activation)
                    : Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }
}
