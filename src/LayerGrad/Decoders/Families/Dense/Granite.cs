using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Granite 3 (IBM): Llama with four multipliers: of the embedding, of the scores, of what joins the residual stream, and
/// one that divides the logits. Reference: transformers <c>modeling_granite.py</c>.
/// </summary>
internal sealed class Granite : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32000, 4096, 11008, 32, 32, null, 2048);

    /// <inheritdoc />
    public string ModelType => "granite";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var (attentionBias, mlpBias) = (config.Bool("attention_bias", false), config.Bool("mlp_bias", false));
        var activation = config.Activation("hidden_act", "silu");
        var scores = Building.Scores(sizes) with { Scale = config.Double("attention_multiplier", 1) };
        var residual = config.Double("residual_multiplier", 1);
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            EmbeddingScale = config.Double("embedding_multiplier", 1),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(Building.Layer).Select(prefix => new LayerSpecification
                {
                    MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon),
                    Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, scores, attentionBias, attentionBias),
                    FeedForwardNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation, mlpBias),
                    ResidualScale = residual,
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false), 1 / config.PositiveDouble("logits_scaling", 1)),
        };
    }
}
