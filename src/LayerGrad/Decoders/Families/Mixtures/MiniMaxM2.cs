using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// MiniMax M2: a mixture of experts in every layer whose router is a logistic function with a correction bias, RMS norms over all query and all key
/// columns, and rotary embedding of a part of each head. Reference: transformers <c>modeling_minimax_m2.py</c>.
/// </summary>
internal sealed class MiniMaxM2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(200064, 3072, 1536, 62, 48, 8, 196608) { HeadSize = 128, HeadSizeMayBeNull = false, KeyValueHeadsMayBeNull = false };

    /// <inheritdoc />
    public string ModelType => "minimax_m2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        // The files of the hub say how many columns are turned and not which part of a head they are.
        var part = config.Has("rotary_dim") ? config.Int("rotary_dim", least: 0, most: sizes.HeadSize) / (double)sizes.HeadSize : 1;
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 5_000_000, Part = part });
        var activation = config.Activation("hidden_act", "silu");
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, ["num_local_experts", "num_experts"], 256, Experts.PerTokenFields, 8);
        var routing = new RoutingSpecification(perToken) { Score = RouterScore.Sigmoid, Renormalize = true };
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(prefix, sizes, epsilon, Attention($"{prefix}.self_attn"), FeedForward($"{prefix}.block_sparse_moe"));
        });

        AttentionSpecification Attention(string prefix) =>
            Building.WithColumnNorms(Building.Attention(prefix, sizes, rotary, Building.Scores(sizes)), prefix, epsilon);

        MixtureOfExpertsSpecification FeedForward(string prefix) => Experts.NumberedMixture(
            prefix, sizes, experts, Experts.WithBias(routing, $"{prefix}.e_score_correction_bias", experts), activation);
    }
}
