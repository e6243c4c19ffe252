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
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(Building.Layer).Select(prefix => new LayerSpecification
                {
                    MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon),
                    Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, scores),
                    FeedForwardNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false)),
        };
    }
}
