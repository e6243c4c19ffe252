using LayerGrad.Decoders.Families.Dense;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// Granite 3 and 4 with experts (IBM): Granite whose feed-forward is a mixture of experts, beside a shared one where <c>shared_intermediate_size</c>
/// is not 0. Reference: transformers <c>modeling_granitemoeshared.py</c>.
/// </summary>
internal sealed class GraniteMoeShared : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32000, 4096, 11008, 32, 32, null, 2048) { HeadSizeMayBeNull = false };

    /// <inheritdoc />
    public string ModelType => "granitemoeshared";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        if (config.Has("position_embedding_type") && config.Text("position_embedding_type") != "rope")
            throw config.Unsupported("position_embedding_type", "rope");
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("attention_bias", false);
        var scores = Granite.Scores(config, sizes);
        var feedForward = FeedForward(config, sizes);
        return Granite.WithMultipliers(config, Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon, Building.Attention($"{prefix}.self_attn", sizes, rotary, scores, bias, bias), feedForward(prefix));
        }));
    }

    /// <summary>The softmax over the chosen experts' logits is that over all of them, renormalized.</summary>
    private static Func<string, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes)
    {
        var activation = config.Activation("hidden_act", "silu");
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, ["num_local_experts"], 8, Experts.PerTokenFields, 2);
        var routing = new RoutingSpecification(perToken) { Renormalize = true };
        var sharedSize = config.Int("shared_intermediate_size", 0, 0, 1 << 27);
        return prefix => Experts.Mixture($"{prefix}.block_sparse_moe", sizes.Hidden, sizes.Intermediate, experts, routing, activation, router: "router") with
        {
            Shared = sharedSize == 0 ? null : new SharedExpertSpecification(
                Building.FusedGatedMlp($"{prefix}.shared_mlp.input_linear", $"{prefix}.shared_mlp.output_linear", sizes.Hidden, sharedSize, activation)),
        };
    }
}
