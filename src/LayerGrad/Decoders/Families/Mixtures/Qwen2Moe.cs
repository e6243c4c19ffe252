using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// Qwen1.5 MoE and Qwen2 MoE (arXiv 2407.10671): Qwen2 whose feed-forward is a mixture of experts in every <c>decoder_sparse_step</c>-th layer, those
/// in <c>mlp_only_layers</c> apart, beside a shared expert with a gate. Reference: transformers <c>modeling_qwen2_moe.py</c>.
/// </summary>
internal sealed class Qwen2Moe : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151936, 2048, 5632, 24, 16, 16, 32768)
    {
        IntermediateMayBeUnused = true,
        HeadSizeMayBeNull = false,
        KeyValueHeadsMayBeNull = false,
    };

    /// <inheritdoc />
    public string ModelType => "qwen2_moe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("qkv_bias", true);
        var windows = Windows(config, sizes);
        var feedForward = FeedForward(config, sizes);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon, Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes, windows[layer]), qkvBias: bias), feedForward(layer));
        });
    }

    /// <summary>Missing <c>layer_types</c> means, with <c>use_sliding_window</c>, every other layer from the first on, below <c>max_window_layers</c>.</summary>
    private static int?[] Windows(ConfigReader config, Sizes sizes)
    {
        var slides = config.Bool("use_sliding_window", false);
        var window = Building.Window(config, 4096, slides);
        var end = config.Int("max_window_layers", 28);
        var types = Building.LayerTypes(config, sizes, layer => slides && layer % 2 == 0 && layer < end);
        if (window is null && types.Contains(true))
            throw config.Inconsistent($"{(config.Has("layer_types") ? "layer_types" : "max_window_layers")} makes layers slide, but {(slides ? "sliding_window is null" : "use_sliding_window is not true")}");
        return [.. types.Select(sliding => sliding ? window : null)];
    }

    private static Func<int, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes)
    {
        var activation = config.Activation("hidden_act", "silu");
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, 60, 4);
        var (expertSize, sharedSize) = (config.Size("moe_intermediate_size", 1408), config.Size("shared_expert_intermediate_size", 5632));
        var routing = new RoutingSpecification(perToken) { Renormalize = config.Bool("norm_topk_prob", false) };
        var (step, dense) = (config.Int("decoder_sparse_step", 1, 1), config.Ints("mlp_only_layers") ?? []);
        return layer =>
        {
            var prefix = $"{Building.Layer(layer)}.mlp";
            if ((layer + 1) % step != 0 || dense.Contains(layer))
                return Building.GatedMlp(prefix, sizes.Hidden, sizes.Intermediate, activation);
            return Experts.Mixture(prefix, sizes.Hidden, expertSize, experts, routing, activation) with
            {
                Shared = new SharedExpertSpecification(
                    Building.GatedMlp($"{prefix}.shared_expert", sizes.Hidden, sharedSize, activation),
                    LinearSpecification.Create($"{prefix}.shared_expert_gate", sizes.Hidden, 1)),
            };
        };
    }
}
