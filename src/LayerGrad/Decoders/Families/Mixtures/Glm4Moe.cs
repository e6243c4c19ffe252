using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// GLM-4.5 and GLM-4.6 (arXiv 2508.06471): grouped queries, optionally with norms of each query and key head, rotary embedding of a part of each
/// head, and behind the first layers DeepSeek V3's mixture of experts with a shared one. Reference: transformers <c>modeling_glm4_moe.py</c>.
/// </summary>
internal sealed class Glm4Moe : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151552, 4096, 10944, 46, 96, 8, 131072)
    {
        IntermediateMayBeUnused = true,
        HeadSizeMayBeNull = false,
        KeyValueHeadsMayBeNull = false,
    };

    /// <inheritdoc />
    public string ModelType => "glm4_moe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 0.5 });
        var (bias, headNorms) = (config.Bool("attention_bias", false), config.Bool("use_qk_norm", false));
        var feedForward = Experts.BehindDenseLayers(config, sizes, (Experts: 128, Columns: 1408, Dense: 1), (Groups: 1, Chosen: 1, Renormalize: true, Scale: 1), stacked: false);
        config.Ignore("num_nextn_predict_layers"); // Layers beyond num_hidden_layers, which predict tokens further ahead, have no part in the loss.
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
            Building.PreNorm(Building.Layer(layer), sizes, epsilon, Attention($"{Building.Layer(layer)}.self_attn"), feedForward(layer)));

        AttentionSpecification Attention(string prefix)
        {
            var attention = Building.Attention(prefix, sizes, rotary, Building.Scores(sizes), qkvBias: bias);
            return headNorms ? Building.WithHeadNorms(attention, $"{prefix}.q_norm", $"{prefix}.k_norm", epsilon) : attention;
        }
    }
}
