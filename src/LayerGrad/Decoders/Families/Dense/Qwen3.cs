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
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Attention($"{prefix}.self_attn", sizes, rotary, windows[layer], bias, epsilon),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }

    /// <summary>Attention with norms of the heads.</summary>
    internal static AttentionSpecification Attention(string prefix, Sizes sizes, RotarySpecification rotary, int? window, bool bias, double epsilon) =>
        Building.WithHeadNorms(
            Building.Attention(prefix, sizes, rotary, Building.Scores(sizes, window), bias, bias), $"{prefix}.q_norm", $"{prefix}.k_norm", epsilon);
}
