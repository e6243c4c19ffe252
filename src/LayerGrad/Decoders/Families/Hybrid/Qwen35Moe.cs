using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Families.Wrappers;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Hybrid;

/// <summary>
/// Qwen3.5 with experts beside a shared one in every layer. By itself, or within the model that also sees.
/// Reference: transformers <c>modeling_qwen3_5_moe.py</c>.
/// </summary>
/// <param name="isWrapper">Whether it is the model that also sees.</param>
internal sealed class Qwen35Moe(bool isWrapper) : IFamily
{
    private static readonly SizeDefaults s_sizes = new(248320, 2048, 1, 40, 16, 2, 32768)
    {
        HeadSize = 256,
        HeadSizeMayBeNull = false,
        KeyValueHeadsMayBeNull = false,
        IntermediateMayBeUnused = true,
    };

    /// <inheritdoc />
    public string ModelType => isWrapper ? "qwen3_5_moe" : "qwen3_5_moe_text";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config) => isWrapper ? TextModel.WithinEitherTied(config, ModelType, Text) : Text(config);

    private static DecoderSpecification Text(ConfigReader config)
    {
        var reader = new DeltaReader(config, Sizes.Read(config, s_sizes), RotaryAxes.Interleaved);
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, 256, 8);
        var columns = (config.Size("moe_intermediate_size", 512), config.Size("shared_expert_intermediate_size", 512));
        var routing = new RoutingSpecification(perToken) { Renormalize = true };
        return reader.Decoder("qwen3_5_moe_text", groupedByKeyHead: false, layer => reader.Mixture($"{Building.Layer(layer)}.mlp", experts, columns, routing));
    }
}
