using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Wrappers;

/// <summary>
/// Mistral Small 3.1 and later with eyes: any language model, Mistral where <c>text_config</c> names none.
/// Reference: transformers <c>modeling_mistral3.py</c>.
/// </summary>
internal sealed class Mistral3 : IFamily
{
    /// <inheritdoc />
    public string ModelType => "mistral3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var text = TextModel.Config(config);
        var family = DecoderFamilies.Find(text.Text("model_type", "mistral"))
            ?? throw text.Unsupported("model_type", string.Join(", ", DecoderFamilies.Names));
        return TextModel.Within(config, ModelType, family.Describe(text), config.Bool("tie_word_embeddings", true));
    }
}
