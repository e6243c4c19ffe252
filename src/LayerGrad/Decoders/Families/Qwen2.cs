using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>
/// Qwen2 and Qwen2.5 (arXiv 2407.10671, 2412.15115): Llama with biases at q, k and v, and windows in the upper layers
/// where <c>use_sliding_window</c> says so. Reference: transformers <c>modeling_qwen2.py</c>.
/// </summary>
internal sealed class Qwen2 : IFamily
{
    /// <inheritdoc />
    public string ModelType => "qwen2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes.HeadSize);
        var activation = config.Activation("hidden_act", "silu");
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(layer => new LayerSpecification
                {
                    AttentionNorm = NormSpecification.Rms($"{Building.Layer(layer)}.input_layernorm", sizes.Hidden, epsilon),
                    Attention = Building.Attention(
                        $"{Building.Layer(layer)}.self_attn", sizes, rotary, Building.Scores(sizes, Window(config, layer)), qkvBias: true),
                    FeedForwardNorm = NormSpecification.Rms($"{Building.Layer(layer)}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = Building.GatedMlp($"{Building.Layer(layer)}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false)),
        };
    }

    /// <summary>The window of a layer: with <c>use_sliding_window</c>, those from <c>max_window_layers</c> on.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="layer">The layer.</param>
    internal static int? Window(ConfigReader config, int layer)
    {
        var window = config.OptionalInt("sliding_window");
        var slides = config.Bool("use_sliding_window", false) && Building.IsSliding(config, layer, layer >= config.Int("max_window_layers", 28));
        return slides ? window : null;
    }
}
