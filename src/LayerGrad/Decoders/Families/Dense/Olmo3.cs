using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// OLMo 3 (Ai2, 2025): OLMo 2 with a window in three layers of four, whose rotary embedding is never scaled.
/// Reference: transformers <c>modeling_olmo3.py</c>.
/// </summary>
internal sealed class Olmo3 : IFamily
{
    private const double Theta = 500_000;

    private static readonly SizeDefaults s_sizes = new(50304, 4096, 11008, 32, 32, null, 2048);

    /// <inheritdoc />
    public string ModelType => "olmo3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var (fullRotary, slidingRotary) = RotaryReader.ReadByLayerType(config, sizes, Theta, Theta, slidingField: null);
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        var window = Building.Window(config, 4096) ?? throw config.Unsupported("sliding_window", "a number, without which the reference makes no mask");
        var slides = Building.LayerTypes(config, sizes, layer => (layer + 1) % 4 != 0);
        var windows = Building.Windows(config, window, slides);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
            Olmo2.Layer(layer, sizes, epsilon, slides[layer] ? slidingRotary : fullRotary, windows[layer], bias, activation));
    }
}
