using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// GLM-4.5 and GLM-4.6 (arXiv 2508.06471): grouped queries, optionally with norms of each query and key head, rotary embedding of a part of each
/// head, and behind the first layers DeepSeek V3's mixture of experts with a shared one. Reference: transformers <c>modeling_glm4_moe.py</c>.
/// </summary>
internal sealed class Glm4Moe : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151552, 4096, 10944, 46, 96, 8, 131072)
    {
        IntermediateMayBeUnused = true,
        HeadSizeMayBeNull = false,
        KeyValueHeadsMayBeNull = false,
    };

    /// <inheritdoc />
    public string ModelType => "glm4_moe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 0.5 });
        var (bias, headNorms) = (config.Bool("attention_bias", false), config.Bool("use_qk_norm", false));
        var feedForward = FeedForward(config, sizes);
        config.Ignore("num_nextn_predict_layers"); // Layers beyond num_hidden_layers, which predict tokens further ahead, have no part in the loss.
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
            Building.PreNorm(Building.Layer(layer), sizes, epsilon, Attention($"{Building.Layer(layer)}.self_attn"), feedForward(layer)));

        AttentionSpecification Attention(string prefix)
        {
            var attention = Building.Attention(prefix, sizes, rotary, Building.Scores(sizes), qkvBias: bias);
            return headNorms ? Building.WithHeadNorms(attention, $"{prefix}.q_norm", $"{prefix}.k_norm", epsilon) : attention;
        }
    }

    private static Func<int, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes)
    {
        var activation = config.Activation("hidden_act", "silu");
        var (experts, perToken) = Experts.Read(config, ["n_routed_experts", "num_local_experts"], 128, Experts.PerTokenFields, 8);
        var routing = Experts.SigmoidRouting(config, experts, perToken, (Groups: 1, Chosen: 1, Renormalize: true, Scale: 1));
        var (expertSize, dense) = (config.Size("moe_intermediate_size", 1408), config.Int("first_k_dense_replace", 1));
        var sharedSize = Experts.SharedSize(config, expertSize, "n_shared_experts", config.Count("n_shared_experts", 1));
        return layer =>
        {
            var prefix = $"{Building.Layer(layer)}.mlp";
            if (layer < dense)
                return Building.GatedMlp(prefix, sizes.Hidden, sizes.Intermediate, activation);
            var biased = Experts.WithBias(routing, $"{prefix}.gate.e_score_correction_bias", experts);
            return Experts.Mixture(prefix, sizes.Hidden, expertSize, experts, biased, activation) with
            {
                Shared = new SharedExpertSpecification(Building.GatedMlp($"{prefix}.shared_experts", sizes.Hidden, sharedSize, activation)),
            };
        };
    }
}
