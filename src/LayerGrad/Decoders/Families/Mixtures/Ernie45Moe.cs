using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// ERNIE 4.5 with experts (Baidu 2025): rotary embedding of neighbouring columns, and in the layers from <c>moe_layer_start_index</c> to
/// <c>moe_layer_end_index</c> a mixture of experts, chosen with a correction bias, with shared ones. Reference: transformers
/// <c>modeling_ernie4_5_moe.py</c>.
/// </summary>
internal sealed class Ernie45Moe : IFamily
{
    private static readonly SizeDefaults s_sizes = new(103424, 2560, 12288, 28, 20, 4, 131072)
    {
        IntermediateMayBeUnused = true,
        HeadSizeMayBeNull = false,
        KeyValueHeadsMayBeNull = false,
    };

    /// <inheritdoc />
    public string ModelType => "ernie4_5_moe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 500_000, Interleaved = true });
        var bias = config.Bool("use_bias", false);
        var feedForward = FeedForward(config, sizes, bias);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: true, headBias: bias, layer: layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon, Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), bias, bias), feedForward(layer));
        });
    }

    private static Func<int, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes, bool bias)
    {
        var activation = config.Activation("hidden_act", "silu");
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, ["moe_num_experts", "num_experts"], 64, ["moe_k", "num_experts_per_tok"], 6);
        var routing = new RoutingSpecification(perToken) { Renormalize = true, LeastSum = config.Double("moe_norm_min", 1e-12) };
        var (expertSize, shared) = (config.Size("moe_intermediate_size", 1536), config.Int("moe_num_shared_experts", 2, 0, TensorCounts.Most));
        var sharedSize = Experts.SharedSize(config, expertSize, "moe_num_shared_experts", shared);
        var (first, end) = (config.Int("moe_layer_start_index", 1), config.Int("moe_layer_end_index", -1));
        var (last, interval) = (end == -1 ? sizes.Layers - 1 : end, config.Int("moe_layer_interval", 1, 1));
        return layer =>
        {
            var prefix = $"{Building.Layer(layer)}.mlp";
            if ((layer + 1) % interval != 0 || layer < first || layer > last)
                return Building.GatedMlp(prefix, sizes.Hidden, sizes.Intermediate, activation, bias);
            // A row of its own: the class has room for several groups of experts, of which it makes one.
            var correction = ParameterSpecification.Matrix($"{prefix}.moe_statics.e_score_correction_bias", 1, experts) with { IsBuffer = true };
            return Experts.Mixture(prefix, sizes.Hidden, expertSize, experts, routing with { CorrectionBias = correction }, activation) with
            {
                Shared = shared == 0 ? null : new SharedExpertSpecification(Building.GatedMlp($"{prefix}.shared_experts", sizes.Hidden, sharedSize, activation, bias)),
            };
        };
    }
}
