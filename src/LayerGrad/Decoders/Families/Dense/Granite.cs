using LayerGrad.Compute;
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
        var scores = Scores(config, sizes);
        return WithMultipliers(config, Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, scores, attentionBias, attentionBias),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation, mlpBias));
        }));
    }

    /// <summary>Scores whose scale is a field of its own.</summary>
    internal static AttentionShape Scores(ConfigReader config, Sizes sizes) => Building.Scores(sizes) with { Scale = config.Double("attention_multiplier", 1) };

    /// <summary>The same decoder with the multipliers of the embedding, of what joins the residual stream, and of the logits.</summary>
    internal static DecoderSpecification WithMultipliers(ConfigReader config, DecoderSpecification decoder)
    {
        var residual = config.Double("residual_multiplier", 1);
        return decoder with
        {
            EmbeddingScale = config.Double("embedding_multiplier", 1),
            Layers = [.. decoder.Layers.Select(layer => layer with { ResidualScale = residual })],
            Head = decoder.Head with { Scale = 1 / config.PositiveDouble("logits_scaling", 1) },
        };
    }
}
