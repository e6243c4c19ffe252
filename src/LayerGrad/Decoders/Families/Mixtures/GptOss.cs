using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// gpt-oss (arXiv 2508.10925): attention with a sink in each head's softmax, windows in every other layer, and in every layer experts with biases, whose
/// gates and ups alternate and are clamped. Reference: transformers <c>modeling_gpt_oss.py</c>.
/// </summary>
internal sealed class GptOss : IFamily
{
    private static readonly SizeDefaults s_sizes = new(201088, 2880, 2880, 36, 64, 8, 131072)
    {
        HeadSize = 64,
        HeadSizeMayBeNull = false,
        KeyValueHeadsMayBeNull = false,
    };

    private static readonly RotaryRules s_rotary = new()
    {
        Theta = 150_000,
        Default = """
            {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false, "original_max_position_embeddings": 4096}
            """,
    };

    /// <inheritdoc />
    public string ModelType => "gpt_oss";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, s_rotary);
        var bias = config.Bool("attention_bias", true);
        var windows = Building.Windows(config, Building.Window(config, 128), Building.LayerTypes(config, sizes, layer => layer % 2 == 0));
        var feedForward = FeedForward(config, sizes);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            var attention = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes, windows[layer]), bias, bias) with
            {
                Sinks = ParameterSpecification.Vector($"{prefix}.self_attn.sinks", sizes.Heads),
            };
            return Building.PreNorm(prefix, sizes, epsilon, attention, feedForward($"{prefix}.mlp"));
        });
    }

    /// <summary>The softmax over the chosen logits alone is that over all, divided by the chosen ones' sum.</summary>
    private static Func<string, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes)
    {
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, ["num_local_experts", "num_experts"], 128, Experts.PerTokenFields, 4);
        config.IgnoreIfEqual("experts_per_token", perToken);
        config.Ignore("hidden_act"); // The class's experts have an activation of their own, whatever it says.
        var routing = new RoutingSpecification(perToken) { Renormalize = true };
        var clamped = new ClampedGate(config.PositiveDouble("swiglu_limit", 7), config.Double("swiglu_alpha", 1.702));
        return prefix => Experts.Stacked(new MixtureOfExpertsSpecification(
            LinearSpecification.Create($"{prefix}.router", sizes.Hidden, experts, bias: true),
            [.. Enumerable.Range(0, experts).Select(expert => Expert($"{prefix}.experts.{expert}"))], routing));

        DenseFeedForwardSpecification Expert(string name) => new(
            [
                LinearSpecification.Create($"{name}.gate_up_proj", sizes.Hidden, 2 * sizes.Intermediate, bias: true) with
                {
                    Parts = [new FusedPart("gate_proj", 0, 1, sizes.Intermediate, 2), new FusedPart("up_proj", 1, 1, sizes.Intermediate, 2)],
                    MeasuresParts = true,
                },
            ],
            LinearSpecification.Create($"{name}.down_proj", sizes.Intermediate, sizes.Hidden, bias: true), Activation.Silu, Gated: true)
        {
            Clamped = clamped,
        };
    }
}
