using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// DeepSeek V2 (arXiv 2405.04434): latent attention, and behind the first layers a mixture of experts with a softmax router, which may choose within the
/// best groups alone, beside shared experts. Weights are never renormalized. Reference: transformers <c>modeling_deepseek_v2.py</c>.
/// </summary>
internal sealed class DeepseekV2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32000, 4096, 11008, 32, 32, null, 2048) { HeadSize = 64, GroupedQueries = false, IntermediateMayBeUnused = true };

    private static readonly RotaryRules s_rotary = new() { Interleaved = true };

    /// <inheritdoc />
    public string ModelType => "deepseek_v2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var latent = new LatentReader(config, Sizes.Read(config, s_sizes), new LatentDefaults(1536, 512, 128, 64, 128));
        var sizes = latent.Turned;
        if (sizes.Hidden % sizes.Heads != 0)
            throw config.Inconsistent($"hidden_size {sizes.Hidden} is not a multiple of num_attention_heads {sizes.Heads}, which the reference refuses");
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var (rotary, factor) = (RotaryReader.Read(config, sizes, s_rotary), RotaryReader.ReadScoreFactor(config, s_rotary));
        var feedForward = FeedForward(config, sizes);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(prefix, sizes, epsilon, latent.Attention($"{prefix}.self_attn", rotary, factor), feedForward(layer));
        });
    }

    private static Func<int, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes)
    {
        config.IgnoreIfSaid("scoring_func", "softmax");
        config.IgnoreIfEqual("moe_layer_freq", 1);
        if (config.Bool("norm_topk_prob", false))
            config.TellUnused("norm_topk_prob"); // The class keeps it, and does not look at it.
        var (activation, bias) = (config.Activation("hidden_act", "silu"), config.Bool("mlp_bias", false));
        var experts = Experts.Count(config, ["n_routed_experts", "num_experts"], 64);
        var perToken = config.Count("num_experts_per_tok");
        Experts.RequireEnough(config, "num_experts_per_tok", perToken, ["n_routed_experts", "num_experts"], experts);
        var routing = new RoutingSpecification(perToken) { Scale = config.Double("routed_scaling_factor", 1), Groups = Groups(config, experts, perToken) };
        var (expertSize, dense) = (config.Size("moe_intermediate_size", 1407), config.Int("first_k_dense_replace", 0));
        var sharedSize = Experts.SharedSize(config, expertSize, "n_shared_experts", config.Count("n_shared_experts", 2));
        return layer =>
        {
            var prefix = $"{Building.Layer(layer)}.mlp";
            if (layer < dense)
                return Building.GatedMlp(prefix, sizes.Hidden, sizes.Intermediate, activation, bias);
            return Experts.Stacked(Experts.Mixture(prefix, sizes.Hidden, expertSize, experts, routing, activation)) with
            {
                Shared = new SharedExpertSpecification(Building.GatedMlp($"{prefix}.shared_experts", sizes.Hidden, sharedSize, activation, bias)),
            };
        };
    }

    /// <summary>A group is as good as its best expert.</summary>
    private static ExpertGroups? Groups(ConfigReader config, int experts, int perToken)
    {
        const string Method = "topk_method";
        switch (config.Text(Method, "greedy"))
        {
            case "greedy":
                config.Ignore("n_group");
                config.Ignore("topk_group");
                return null;
            case "group_limited_greedy":
                if (!config.Has("n_group") || !config.Has("topk_group"))
                    throw config.Missing(config.Has("n_group") ? "topk_group" : "n_group");
                return Experts.Groups(config, experts, perToken, 1, 1, counted: 1);
            default:
                throw config.Unsupported(Method, "greedy, group_limited_greedy");
        }
    }
}
