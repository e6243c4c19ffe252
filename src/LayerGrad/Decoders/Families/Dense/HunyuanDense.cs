using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Hunyuan dense models (Tencent, 2025): Llama with norms of each query and key head behind the rotary embedding, whose base a fixed
/// <c>alpha</c> may enlarge. Reference: transformers <c>modeling_hunyuan_v1_dense.py</c>.
/// </summary>
internal sealed class HunyuanDense : IFamily
{
    private static readonly SizeDefaults s_sizes = new(290943, 4096, 11008, 32, 32, null, 2048);

    /// <inheritdoc />
    public string ModelType => "hunyuan_v1_dense";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        if (!config.Has("head_dim"))
            throw config.Missing("head_dim"); // The reference has no size in its place.
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { DynamicAlpha = true });
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Attention($"{prefix}.self_attn", sizes, rotary, bias, epsilon),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }

    /// <summary>Attention whose heads are normed after they are turned.</summary>
    internal static AttentionSpecification Attention(string prefix, Sizes sizes, RotarySpecification rotary, bool bias, double epsilon) =>
        Building.WithHeadNorms(
            Building.Attention(prefix, sizes, rotary, Building.Scores(sizes), bias, bias),
            $"{prefix}.query_layernorm", $"{prefix}.key_layernorm", epsilon) with
        {
            NormsAfterRotary = true,
        };
}
