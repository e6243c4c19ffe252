using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Qwen2 and Qwen2.5 (arXiv 2407.10671, 2412.15115): Llama with biases at q, k and v, and windows in the upper layers
/// where <c>use_sliding_window</c> says so. Reference: transformers <c>modeling_qwen2.py</c>.
/// </summary>
internal sealed class Qwen2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151936, 4096, 22016, 32, 32, 32, 32768);

    /// <inheritdoc />
    public string ModelType => "qwen2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var windows = Windows(config, sizes);
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes, windows[layer]), qkvBias: true),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }

    /// <summary>The windows of the layers: with <c>use_sliding_window</c>, those that <c>layer_types</c> names, or those from <c>max_window_layers</c> on.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="firstByDefault">The first layer that slides where neither field says it.</param>
    internal static int?[] Windows(ConfigReader config, Sizes sizes, int firstByDefault = 28)
    {
        var slides = config.Bool("use_sliding_window", false);
        var window = Building.Window(config, 4096, slides);
        var first = config.Int("max_window_layers", firstByDefault);
        var types = Building.LayerTypes(config, sizes, layer => window is not null && layer >= first);
        if (window is null && types.Contains(true))
            throw config.Inconsistent($"layer_types has sliding layers, but {(slides ? "sliding_window is null" : "use_sliding_window is not true")}");
        return [.. types.Select(sliding => sliding ? window : null)];
    }
}
