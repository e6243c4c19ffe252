using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// Mistral Small 4: latent attention whose queries grow with their position, and a mixture of experts with a softmax router beside a shared expert in every
/// layer. Published within the wrapper of Mistral 3. Reference: transformers <c>modeling_mistral4.py</c>.
/// </summary>
internal sealed class Mistral4 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(131072, 4096, 12288, 36, 32, 32, 1048576) { HeadSize = 128, GroupedQueries = false, IntermediateMayBeUnused = true };

    /// <inheritdoc />
    public string ModelType => "mistral4";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var latent = new LatentReader(config, Sizes.Read(config, s_sizes), new LatentDefaults(1024, 256, 64, 64, 128));
        var (sizes, turned) = (latent.Whole, latent.Turned.HeadSize);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rules = new RotaryRules
        {
            Interleaved = config.Bool("rope_interleave", true),
            Part = (double)turned / sizes.HeadSize,
            Default = """
                {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 128.0, "original_max_position_embeddings": 8192, "beta_fast": 32.0, "beta_slow": 1.0,
                 "mscale_all_dim": 1.0, "mscale": 1.0, "llama_4_scaling_beta": 0.1}
                """,
        };
        var (rotary, factor) = (RotaryReader.Read(config, sizes, rules), RotaryReader.ReadScoreFactor(config, rules));
        if (rotary.Columns != turned)
            throw config.Inconsistent($"partial_rotary_factor turns {rotary.Columns} columns of each head, but qk_rope_head_dim is {turned}");
        var queryScale = RotaryReader.ReadQueryScale(config, sizes, rules);
        var feedForward = FeedForward(config, sizes);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(prefix, sizes, epsilon, latent.Attention($"{prefix}.self_attn", rotary, factor) with { QueryScale = queryScale }, feedForward(layer));
        });
    }

    private static Func<int, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes)
    {
        var activation = config.Activation("hidden_act", "silu");
        var (experts, perToken) = Experts.Read(config, ["n_routed_experts", "num_local_experts"], 128, Experts.PerTokenFields, 4);
        var routing = new RoutingSpecification(perToken)
        {
            Renormalize = config.Bool("norm_topk_prob", true),
            SumOffset = 1e-20,
            Scale = config.Double("routed_scaling_factor", 1),
            Groups = Experts.Groups(config, experts, perToken, 1, 1, counted: 2),
        };
        var (expertSize, dense) = (config.Size("moe_intermediate_size", 2048), config.Int("first_k_dense_replace", 0));
        var sharedSize = Experts.SharedSize(config, expertSize, "n_shared_experts", config.Count("n_shared_experts", 1));
        return layer =>
        {
            var prefix = $"{Building.Layer(layer)}.mlp";
            if (layer < dense)
                return Building.GatedMlp(prefix, sizes.Hidden, sizes.Intermediate, activation);
            return Experts.Stacked(Experts.Mixture(prefix, sizes.Hidden, expertSize, experts, routing, activation)) with
            {
                Shared = new SharedExpertSpecification(Building.GatedMlp($"{prefix}.shared_experts", sizes.Hidden, sharedSize, activation)),
            };
        };
    }
}
