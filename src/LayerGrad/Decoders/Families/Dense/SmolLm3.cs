using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// SmolLM3 (Hugging Face, 2025): Llama in which some layers have no rotary embedding (NoPE: arXiv 2305.19466, 2501.18795), and a window
/// in those that <c>layer_types</c> names. Reference: transformers <c>modeling_smollm3.py</c>.
/// </summary>
internal sealed class SmolLm3 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(128256, 2048, 11008, 36, 16, 4, 32768);

    /// <inheritdoc />
    public string ModelType => "smollm3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 2_000_000 });
        var (attentionBias, mlpBias) = (config.Bool("attention_bias", false), config.Bool("mlp_bias", false));
        var activation = config.Activation("hidden_act", "silu");
        var turned = Turned(config, sizes);
        var windows = Windows(config, sizes, turned);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: true, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, turned[layer] ? rotary : null, Building.Scores(sizes, windows[layer]), attentionBias, attentionBias),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation, mlpBias));
        });
    }

    /// <summary>Which layers have a rotary embedding: <c>no_rope_layers</c>, in which 1 means that a layer has one, or all but every <c>no_rope_layer_interval</c>-th.</summary>
    private static bool[] Turned(ConfigReader config, Sizes sizes)
    {
        const string Interval = "no_rope_layer_interval";
        if (config.Ints("no_rope_layers") is not { } given)
        {
            var interval = config.Int(Interval, 4, 1);
            return [.. Enumerable.Range(0, sizes.Layers).Select(layer => (layer + 1) % interval != 0)];
        }

        config.Ignore(Interval);
        return given.Count >= sizes.Layers
            ? [.. given.Take(sizes.Layers).Select(number => number != 0)]
            : throw config.Inconsistent($"no_rope_layers names {given.Count} layers, but num_hidden_layers is {sizes.Layers}");
    }

    /// <summary><c>layer_types</c> alone says which layers slide; <c>use_sliding_window</c> only decides where it is missing: those without a rotary embedding.</summary>
    private static int?[] Windows(ConfigReader config, Sizes sizes, bool[] turned)
    {
        var slides = config.Bool("use_sliding_window", false);
        var window = Building.Window(config, null, slides || config.Has("layer_types"));
        return Building.Windows(config, window, Building.LayerTypes(config, sizes, layer => slides && window is not null && !turned[layer]));
    }
}
