using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>Mistral (arXiv 2310.06825): Llama with a sliding window in every layer. Reference: transformers <c>modeling_mistral.py</c>.</summary>
internal sealed class Mistral : IFamily
{
    private static readonly SizeDefaults s_sizes = new(32000, 4096, 14336, 32, 32, 8, 131072);

    /// <inheritdoc />
    public string ModelType => "mistral";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var scores = Building.Scores(sizes, Building.Window(config, 4096));
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, scores),
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }
}
