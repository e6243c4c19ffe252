using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>
/// Gemma 3's text model (arXiv 2503.19786): Gemma 2 with norms of the query and key heads instead of score caps; five
/// local layers, whose rotary base is their own, to each global one. Reference: transformers <c>modeling_gemma3.py</c>.
/// </summary>
internal sealed class Gemma3 : IFamily
{
    /// <inheritdoc />
    public string ModelType => "gemma3_text";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var globalRotary = RotaryReader.Read(config, sizes.HeadSize, defaultTheta: 1_000_000);
        var localRotary = new RotarySpecification(RotarySpecification.Frequencies(config.Double("rope_local_base_freq", 10000), sizes.HeadSize), false);
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_activation", "gelu_pytorch_tanh");
        var (scale, cap) = (1 / Math.Sqrt(config.Double("query_pre_attn_scalar", 256)), config.OptionalDouble("attn_logit_softcapping"));
        var (window, pattern) = (config.Int("sliding_window", 4096), config.Positive("sliding_window_pattern", 6));
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            EmbeddingScale = Math.Sqrt(sizes.Hidden),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(layer =>
                {
                    var isLocal = Building.IsSliding(config, layer, rule: (layer + 1) % pattern != 0);
                    var prefix = Building.Layer(layer);
                    var attention = Building.Attention(
                        $"{prefix}.self_attn", sizes, isLocal ? localRotary : globalRotary, new AttentionShape(scale, cap, isLocal ? window : null), bias, bias);
                    return Gemma2.Sandwich(prefix, sizes, epsilon, activation, attention with
                    {
                        QueryNorm = HeadNorm($"{prefix}.self_attn.q_norm", sizes.Heads),
                        KeyNorm = HeadNorm($"{prefix}.self_attn.k_norm", sizes.KeyValueHeads),
                    });
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon, addsOne: true),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: true), SoftCap: config.OptionalDouble("final_logit_softcapping")),
        };

        NormSpecification HeadNorm(string name, int heads) =>
            NormSpecification.Rms(name, sizes.HeadSize, epsilon, addsOne: true) with { Groups = heads };
    }
}
