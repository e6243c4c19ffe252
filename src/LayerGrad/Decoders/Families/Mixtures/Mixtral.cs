using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// Mixtral (arXiv 2401.04088): Mistral whose feed-forward is a mixture of experts; the weights of a token's experts sum
/// to one. Reference: transformers <c>modeling_mixtral.py</c>.
/// </summary>
internal sealed class Mixtral : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32000, 4096, 14336, 32, 32, 8, 131072);

    /// <inheritdoc />
    public string ModelType => "mixtral";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 1_000_000 });
        var scores = Building.Scores(sizes, Building.Window(config, null));
        var activation = config.Activation("hidden_act", "silu");
        var (experts, perToken) = Experts.Read(config, 8, 2);
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(Building.Layer).Select(prefix => new LayerSpecification
                {
                    MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon),
                    Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, scores),
                    FeedForwardNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = new MixtureOfExpertsSpecification(
                        LinearSpecification.Create($"{prefix}.block_sparse_moe.gate", sizes.Hidden, experts),
                        [.. Enumerable.Range(0, experts).Select(expert => Expert($"{prefix}.block_sparse_moe.experts.{expert}"))],
                        perToken, Renormalize: true),
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false)),
        };

        DenseFeedForwardSpecification Expert(string name) => new(
            [LinearSpecification.Create($"{name}.w1", sizes.Hidden, sizes.Intermediate), LinearSpecification.Create($"{name}.w3", sizes.Hidden, sizes.Intermediate)],
            LinearSpecification.Create($"{name}.w2", sizes.Intermediate, sizes.Hidden), activation, Gated: true);
    }
}
