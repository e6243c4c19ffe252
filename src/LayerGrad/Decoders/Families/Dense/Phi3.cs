using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Phi-3 (arXiv 2404.14219): Llama with one layer for queries, keys and values and one for gate and up, and a window.
/// Reference: transformers <c>modeling_phi3.py</c>.
/// </summary>
internal sealed class Phi3 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32064, 3072, 8192, 32, 32, null, 4096);

    /// <inheritdoc />
    public string ModelType => "phi3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 1, OriginalLength = 4096, LongropeOnly = true });
        var scores = Building.Scores(sizes, Building.Window(config, null));
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            var attention = Building.Attention($"{prefix}.self_attn", sizes, rotary, scores) with
            {
                Projections = [Building.FusedQkv($"{prefix}.self_attn.qkv_proj", sizes)],
                OutputFirst = true,
            };
            return Building.PreNorm(prefix, sizes, epsilon, attention, Building.FusedGatedMlp($"{prefix}.mlp", sizes, activation));
        });
    }
}
