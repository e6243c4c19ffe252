using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>Mixtures of experts as most checkpoints name them.</summary>
internal static class Experts
{
    /// <summary>The two names that the number of experts has in most configurations.</summary>
    public static readonly string[] CountFields = ["num_experts", "num_local_experts"];

    /// <summary>The name that the number of a token's experts has in most configurations.</summary>
    public static readonly string[] PerTokenFields = ["num_experts_per_tok"];

    /// <summary>The number of experts, under either of its two names, and how many of them a token goes through.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaultCount">The number of experts where the field is missing.</param>
    /// <param name="defaultPerToken">How many a token goes through where the field is missing.</param>
    public static (int Count, int PerToken) Read(ConfigReader config, int defaultCount, int defaultPerToken) =>
        Read(config, CountFields, defaultCount, PerTokenFields, defaultPerToken);

    /// <summary>The number of experts and how many of them a token goes through.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="countFields">The names of the first; the class's own stands first.</param>
    /// <param name="defaultCount">The number of experts where the field is missing.</param>
    /// <param name="perTokenFields">The names of the second.</param>
    /// <param name="defaultPerToken">How many a token goes through where the field is missing.</param>
    public static (int Count, int PerToken) Read(
        ConfigReader config, IReadOnlyList<string> countFields, int defaultCount, IReadOnlyList<string> perTokenFields, int defaultPerToken)
    {
        var count = Count(config, countFields, defaultCount);
        var field = config.OneOf(perTokenFields);
        var perToken = config.Count(field, defaultPerToken);
        RequireEnough(config, field, perToken, countFields, count);
        return (count, perToken);
    }

    /// <summary>The number of experts, as far as the checkpoint has tensors of them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="fields">Its names; the class's own stands first.</param>
    /// <param name="otherwise">The number where the field is missing.</param>
    public static int Count(ConfigReader config, IReadOnlyList<string> fields, int otherwise)
    {
        var field = config.OneOf(fields);
        var count = config.Count(field, otherwise);
        if (count > config.Tensors.Experts)
        {
            var origin = config.HasKey(field) ? $"{field} is {count}" : $"{string.Join(" (or ", fields)}{(fields.Count > 1 ? ")" : "")} is missing, for which {count} stands";
            throw config.Inconsistent($"{origin}, but the checkpoint has the tensors of {config.Tensors.Experts} experts a layer");
        }

        return count;
    }

    /// <summary>
    /// Refuses <c>output_router_logits</c>, with which many classes add a loss of the router's own (Fedus et al. 2021, arXiv 2101.03961) to that of the
    /// text, unless its factor <c>router_aux_loss_coef</c> is 0.
    /// </summary>
    public static void RefuseAuxiliaryLoss(ConfigReader config)
    {
        const string Field = "output_router_logits";
        if (config.Bool(Field, false) && config.Double("router_aux_loss_coef", 0.001) != 0)
            throw config.Unsupported(Field, "false, or true with router_aux_loss_coef 0 (the reference adds a loss of the routers to the loss)");
    }

    /// <summary>Refuses more experts for a token than there are.</summary>
    public static void RequireEnough(ConfigReader config, string field, int perToken, IReadOnlyList<string> countFields, int count)
    {
        if (perToken > count)
            throw config.Inconsistent($"{field} {perToken} asks for more experts than {config.OneOf(countFields)} {count}");
    }

    /// <summary>The columns within shared experts that are one feed-forward.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="size">Those of one expert.</param>
    /// <param name="field">The field that says how many there are.</param>
    /// <param name="count">How many there are.</param>
    public static int SharedSize(ConfigReader config, int size, string field, int count) => (long)size * count <= 1 << 28
        ? size * count
        : throw config.Inconsistent($"{field} {count} of moe_intermediate_size {size} are more columns than any matrix has");

    /// <summary>Routing with the correction bias of a layer.</summary>
    /// <param name="routing">What all layers share.</param>
    /// <param name="name">The bias's name.</param>
    /// <param name="experts">The number of experts.</param>
    public static RoutingSpecification WithBias(RoutingSpecification routing, string name, int experts) =>
        routing with { CorrectionBias = ParameterSpecification.Vector(name, experts) with { IsBuffer = true } };

    /// <summary>The experts as the reference's class holds them, all in one.</summary>
    /// <param name="mixture">The mixture.</param>
    public static MixtureOfExpertsSpecification Stacked(MixtureOfExpertsSpecification mixture) => mixture with
    {
        Experts =
        [
            .. mixture.Experts.Select(static expert => expert with
            {
                Projections = [.. expert.Projections.Select(static linear => linear with { IsStacked = true })],
                Down = expert.Down with { IsStacked = true },
            }),
        ],
    };

    /// <summary>A router <c>gate</c> and experts with <c>gate_proj</c>, <c>up_proj</c> and <c>down_proj</c>.</summary>
    /// <param name="prefix">The mixture's name.</param>
    /// <param name="hidden">The columns of the residual stream.</param>
    /// <param name="intermediate">Those within an expert.</param>
    /// <param name="experts">The number of experts.</param>
    /// <param name="routing">How they are chosen.</param>
    /// <param name="activation">The activation function.</param>
    /// <param name="router">The router's name.</param>
    public static MixtureOfExpertsSpecification Mixture(
        string prefix, int hidden, int intermediate, int experts, RoutingSpecification routing, Activation activation, string router = "gate") => new(
        LinearSpecification.Create($"{prefix}.{router}", hidden, experts),
        [.. Enumerable.Range(0, experts).Select(expert => Building.GatedMlp($"{prefix}.experts.{expert}", hidden, intermediate, activation))],
        routing);

    /// <summary>
    /// The feed-forward parts of DeepSeek V3 (arXiv 2412.19437), which GLM-4.5 shares: dense in the first layers, then experts that <see cref="SigmoidRouting"/>
    /// chooses beside shared ones.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="defaults">How many experts, of how many columns, and how many dense layers there are where the file says nothing.</param>
    /// <param name="routingDefaults">Those of the routing.</param>
    /// <param name="stacked">Whether the reference's class holds the experts all in one.</param>
    public static Func<int, FeedForwardSpecification> BehindDenseLayers(
        ConfigReader config, Sizes sizes, (int Experts, int Columns, int Dense) defaults, (int Groups, int Chosen, bool Renormalize, double Scale) routingDefaults, bool stacked)
    {
        var activation = config.Activation("hidden_act", "silu");
        var (experts, perToken) = Read(config, ["n_routed_experts", "num_local_experts"], defaults.Experts, PerTokenFields, 8);
        var routing = SigmoidRouting(config, experts, perToken, routingDefaults);
        var (expertSize, dense) = (config.Size("moe_intermediate_size", defaults.Columns), config.Int("first_k_dense_replace", defaults.Dense));
        var sharedSize = SharedSize(config, expertSize, "n_shared_experts", config.Count("n_shared_experts", 1));
        return layer =>
        {
            var prefix = $"{Building.Layer(layer)}.mlp";
            if (layer < dense)
                return Building.GatedMlp(prefix, sizes.Hidden, sizes.Intermediate, activation);
            var mixture = Mixture(prefix, sizes.Hidden, expertSize, experts, WithBias(routing, $"{prefix}.gate.e_score_correction_bias", experts), activation);
            return (stacked ? Stacked(mixture) : mixture) with
            {
                Shared = new SharedExpertSpecification(Building.GatedMlp($"{prefix}.shared_experts", sizes.Hidden, sharedSize, activation)),
            };
        };
    }

    /// <summary>A router <c>gate</c> and experts with <c>w1</c> (gate), <c>w3</c> (up) and <c>w2</c> (down), as Mixtral names them.</summary>
    /// <param name="prefix">The mixture's name.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="experts">The number of experts.</param>
    /// <param name="routing">How they are chosen.</param>
    /// <param name="activation">The activation function.</param>
    public static MixtureOfExpertsSpecification NumberedMixture(string prefix, Sizes sizes, int experts, RoutingSpecification routing, Activation activation)
    {
        return new MixtureOfExpertsSpecification(
            LinearSpecification.Create($"{prefix}.gate", sizes.Hidden, experts),
            [.. Enumerable.Range(0, experts).Select(expert => Expert($"{prefix}.experts.{expert}"))], routing);

        DenseFeedForwardSpecification Expert(string name) => new(
            [LinearSpecification.Create($"{name}.w1", sizes.Hidden, sizes.Intermediate), LinearSpecification.Create($"{name}.w3", sizes.Hidden, sizes.Intermediate)],
            LinearSpecification.Create($"{name}.w2", sizes.Intermediate, sizes.Hidden), activation, Gated: true);
    }

    /// <summary>
    /// DeepSeek V3's routing (arXiv 2412.19437), which GLM-4.5 shares: σ of the logits, a correction bias, the experts of the best groups, and a
    /// factor. Reads <c>n_group</c>, <c>topk_group</c>, <c>norm_topk_prob</c> and <c>routed_scaling_factor</c>.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="experts">The number of experts.</param>
    /// <param name="perToken">How many of them a token goes through.</param>
    /// <param name="defaults">What the class has where the fields are missing.</param>
    public static RoutingSpecification SigmoidRouting(
        ConfigReader config, int experts, int perToken, (int Groups, int Chosen, bool Renormalize, double Scale) defaults) => new(perToken)
        {
            Score = RouterScore.Sigmoid,
            Renormalize = config.Bool("norm_topk_prob", defaults.Renormalize),
            SumOffset = 1e-20,
            Scale = config.Double("routed_scaling_factor", defaults.Scale),
            Groups = Groups(config, experts, perToken, defaults.Groups, defaults.Chosen, counted: 2),
        };

    /// <summary>The groups of experts <c>n_group</c> of which a token chooses <c>topk_group</c>; null where it chooses among all.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="experts">The number of experts.</param>
    /// <param name="perToken">How many of them a token goes through.</param>
    /// <param name="defaultCount"><c>n_group</c> where the field is missing.</param>
    /// <param name="defaultChosen"><c>topk_group</c> where the field is missing.</param>
    /// <param name="counted">A group is as good as the sum of its so many best experts.</param>
    public static ExpertGroups? Groups(ConfigReader config, int experts, int perToken, int defaultCount, int defaultChosen, int counted)
    {
        const string Count = "n_group";
        const string Chosen = "topk_group";
        var (count, chosen) = (config.Count(Count, defaultCount), config.Count(Chosen, defaultChosen));
        if (experts % count != 0)
            throw config.Inconsistent($"{Count} {count} does not divide the {experts} experts");
        if (experts / count < counted)
            throw config.Inconsistent($"{Count} {count} leaves {experts / count} of the {experts} experts to a group, which is ranked by its {counted} best");
        if (chosen > count)
            throw config.Inconsistent($"{Chosen} {chosen} asks for more groups than {Count} {count}");
        if (chosen * (experts / count) < perToken)
            throw config.Inconsistent($"{Chosen} {chosen} leaves {chosen * (experts / count)} experts to a token, which goes through {perToken}");
        return chosen == count ? null : new ExpertGroups(count, chosen, counted);
    }
}
