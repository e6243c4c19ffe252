using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Hybrid;

/// <summary>
/// Qwen3-Next: three layers of Gated DeltaNet (arXiv 2412.06464), then one of attention with a gate; experts beside a shared one in most layers.
/// Reference: transformers <c>modeling_qwen3_next.py</c>.
/// </summary>
internal sealed class Qwen3Next : IFamily
{
    private static readonly SizeDefaults s_sizes = new(151936, 2048, 5632, 48, 16, 2, 32768)
    {
        HeadSize = 256,
        HeadSizeMayBeNull = false,
        KeyValueHeadsMayBeNull = false,
        IntermediateMayBeUnused = true,
    };

    /// <inheritdoc />
    public string ModelType => "qwen3_next";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var reader = new DeltaReader(config, sizes, RotaryAxes.One);
        Experts.RefuseAuxiliaryLoss(config);
        var (experts, perToken) = Experts.Read(config, 512, 10);
        var columns = (config.Size("moe_intermediate_size", 512), config.Size("shared_expert_intermediate_size", 512));
        var routing = new RoutingSpecification(perToken) { Renormalize = config.Bool("norm_topk_prob", true) };
        var (step, dense) = (config.Int("decoder_sparse_step", 1, 1), config.Ints("mlp_only_layers") ?? []);
        return reader.Decoder(ModelType, groupedByKeyHead: true, layer =>
        {
            var prefix = $"{Building.Layer(layer)}.mlp";
            return (layer + 1) % step != 0 || dense.Contains(layer)
                ? Building.GatedMlp(prefix, sizes.Hidden, sizes.Intermediate, reader.Activation)
                : reader.Mixture(prefix, experts, columns, routing);
        });
    }
}
