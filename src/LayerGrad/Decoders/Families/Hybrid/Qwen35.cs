using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Families.Wrappers;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Hybrid;

/// <summary>
/// Qwen3.5: three layers of Gated DeltaNet (arXiv 2412.06464), then one of attention with a gate. By itself, or within the model that also sees.
/// Reference: transformers <c>modeling_qwen3_5.py</c>.
/// </summary>
/// <param name="isWrapper">Whether it is the model that also sees.</param>
internal sealed class Qwen35(bool isWrapper) : IFamily
{
    private static readonly SizeDefaults s_sizes = new(248320, 4096, 12288, 32, 16, 4, 32768) { HeadSize = 256, HeadSizeMayBeNull = false, KeyValueHeadsMayBeNull = false };

    /// <inheritdoc />
    public string ModelType => isWrapper ? "qwen3_5" : "qwen3_5_text";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config) => isWrapper ? TextModel.WithinEitherTied(config, ModelType, Text) : Text(config);

    private static DecoderSpecification Text(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var reader = new DeltaReader(config, sizes, RotaryAxes.Interleaved);
        return reader.Decoder(
            "qwen3_5_text", groupedByKeyHead: false, layer => Building.GatedMlp($"{Building.Layer(layer)}.mlp", sizes.Hidden, sizes.Intermediate, reader.Activation));
    }
}
