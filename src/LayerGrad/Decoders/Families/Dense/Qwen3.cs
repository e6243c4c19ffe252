using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>Qwen3 (arXiv 2505.09388): Qwen2 without the biases, with RMS norms of each query and key head. Reference: transformers <c>modeling_qwen3.py</c>.</summary>
internal sealed class Qwen3 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151936, 4096, 22016, 32, 32, 32, 32768) { HeadSize = 128 };

    /// <inheritdoc />
    public string ModelType => "qwen3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("attention_bias", false);
        var windows = Qwen2.Windows(config, sizes);
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
                    MixerNorm = NormSpecification.Rms($"{Building.Layer(layer)}.input_layernorm", sizes.Hidden, epsilon),
                    Mixer = Attention($"{Building.Layer(layer)}.self_attn", sizes, rotary, windows[layer], bias, epsilon),
                    FeedForwardNorm = NormSpecification.Rms($"{Building.Layer(layer)}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = Building.GatedMlp($"{Building.Layer(layer)}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false)),
        };
    }

    /// <summary>Attention with norms of the heads.</summary>
    internal static AttentionSpecification Attention(string prefix, Sizes sizes, RotarySpecification rotary, int? window, bool bias, double epsilon) =>
        Building.Attention(prefix, sizes, rotary, Building.Scores(sizes, window), bias, bias) with
        {
            QueryNorm = NormSpecification.Rms($"{prefix}.q_norm", sizes.HeadSize, epsilon) with { Groups = sizes.Heads },
            KeyNorm = NormSpecification.Rms($"{prefix}.k_norm", sizes.HeadSize, epsilon) with { Groups = sizes.KeyValueHeads },
        };
}
