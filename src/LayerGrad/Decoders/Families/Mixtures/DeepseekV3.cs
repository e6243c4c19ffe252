using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// DeepSeek V3 and R1 (arXiv 2412.19437): latent attention, and behind the first layers a mixture of experts with a logistic router, a correction bias and
/// groups, beside a shared expert. Reference: transformers <c>modeling_deepseek_v3.py</c>.
/// </summary>
internal sealed class DeepseekV3 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(129280, 7168, 18432, 61, 128, 128, 4096) { HeadSize = 64, GroupedQueries = false, IntermediateMayBeUnused = true };

    /// <inheritdoc />
    public string ModelType => "deepseek_v3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var latent = new LatentReader(config, Sizes.Read(config, s_sizes), new LatentDefaults(1536, 512, 128, 64, 128));
        var sizes = latent.Turned;
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rules = new RotaryRules { Interleaved = config.Bool("rope_interleave", true) };
        var (rotary, factor) = (RotaryReader.Read(config, sizes, rules), RotaryReader.ReadScoreFactor(config, rules));
        var feedForward = FeedForward(config, sizes);
        return LatentReader.WithoutNextTokenLayers(config, Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(prefix, sizes, epsilon, latent.Attention($"{prefix}.self_attn", rotary, factor), feedForward(layer));
        }));
    }

    private static Func<int, FeedForwardSpecification> FeedForward(ConfigReader config, Sizes sizes)
    {
        config.IgnoreIfSaid("scoring_func", "sigmoid");
        config.IgnoreIfSaid("topk_method", "noaux_tc");
        config.IgnoreIfEqual("moe_layer_freq", 1);
        return Experts.BehindDenseLayers(config, sizes, (Experts: 256, Columns: 2048, Dense: 3), (Groups: 8, Chosen: 4, Renormalize: true, Scale: 2.5), stacked: true);
    }
}
