using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Gemma 3's text model (arXiv 2503.19786): Gemma 2 with norms of the query and key heads instead of score caps; five
/// local layers, whose rotary base is their own, to each global one. Reference: transformers <c>modeling_gemma3.py</c>.
/// </summary>
internal sealed class Gemma3 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(262208, 2304, 9216, 26, 8, 4, 131072) { HeadSize = 256 };

    /// <inheritdoc />
    public string ModelType => "gemma3_text";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        config.RefuseUnless("use_bidirectional_attention", harmless: false, "false");
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var (globalRotary, localRotary) = RotaryReader.ReadByLayerType(config, sizes, 1_000_000, 10_000, "rope_local_base_freq");
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_activation", "gelu_pytorch_tanh");
        var scale = 1 / Math.Sqrt(config.PositiveDouble("query_pre_attn_scalar", 256));
        _ = config.OptionalDouble("attn_logit_softcapping");
        config.TellUnused("attn_logit_softcapping"); // The reference's class has it, and its attention does not look.
        var window = Building.Window(config, 4096);
        var types = Building.LayerTypes(config, sizes, layer => (layer + 1) % config.Int("sliding_window_pattern", 6, 1) != 0);
        config.Ignore("sliding_window_pattern");
        return Gemma2.Decoder(config, ModelType, sizes, epsilon, Building.Cap(config, "final_logit_softcapping", null), layer =>
        {
            var isLocal = types[layer];
            var prefix = Building.Layer(layer);
            var attention = Building.Attention(
                $"{prefix}.self_attn", sizes, isLocal ? localRotary : globalRotary, new AttentionShape(scale, null, isLocal ? window : null), bias, bias);
            return Gemma2.Sandwich(prefix, sizes, epsilon, activation, attention with
            {
                QueryNorm = HeadNorm($"{prefix}.self_attn.q_norm", sizes.Heads),
                KeyNorm = HeadNorm($"{prefix}.self_attn.k_norm", sizes.KeyValueHeads),
            });
        });

        NormSpecification HeadNorm(string name, int heads) =>
            NormSpecification.Rms(name, sizes.HeadSize, epsilon, addsOne: true) with { Groups = heads };
    }
}
