using LayerGrad.Decoders.Families.Dense;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Wrappers;

/// <summary>Gemma 3 with eyes: the text model of <see cref="Gemma3"/>. Reference: transformers <c>modeling_gemma3.py</c>.</summary>
internal sealed class Gemma3Vision : IFamily
{
    private static readonly Gemma3 s_text = new();

    /// <inheritdoc />
    public string ModelType => "gemma3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config) =>
        TextModel.Within(config, ModelType, s_text.Describe(TextModel.Config(config)), config.Bool("tie_word_embeddings", true));
}
