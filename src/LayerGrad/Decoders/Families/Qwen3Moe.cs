using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>
/// Qwen3 MoE (arXiv 2505.09388): Qwen3 whose feed-forward is a mixture of experts in every
/// <c>decoder_sparse_step</c>-th layer, those in <c>mlp_only_layers</c> apart. Reference: transformers <c>modeling_qwen3_moe.py</c>.
/// </summary>
internal sealed class Qwen3Moe : IFamily
{
    /// <inheritdoc />
    public string ModelType => "qwen3_moe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes.HeadSize);
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        var (experts, perToken) = Experts.Read(config, "num_experts");
        var (expertSize, renormalize) = (config.Positive("moe_intermediate_size"), config.Bool("norm_topk_prob", false));
        var (step, dense) = (config.Positive("decoder_sparse_step", 1), config.Doubles("mlp_only_layers") ?? []);
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Building.Embedding(sizes),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(layer => new LayerSpecification
                {
                    AttentionNorm = NormSpecification.Rms($"{Building.Layer(layer)}.input_layernorm", sizes.Hidden, epsilon),
                    Attention = Qwen3.Attention($"{Building.Layer(layer)}.self_attn", sizes, rotary, Qwen2.Window(config, layer), bias, epsilon),
                    FeedForwardNorm = NormSpecification.Rms($"{Building.Layer(layer)}.post_attention_layernorm", sizes.Hidden, epsilon),
                    FeedForward = (layer + 1) % step == 0 && !dense.Contains(layer)
                        ? Experts.Mixture($"{Building.Layer(layer)}.mlp", sizes.Hidden, expertSize, experts, perToken, renormalize, activation)
                        : Building.GatedMlp($"{Building.Layer(layer)}.mlp", sizes.Hidden, sizes.Intermediate, activation),
                }),
            ],
            FinalNorm = NormSpecification.Rms("model.norm", sizes.Hidden, epsilon),
            Head = new HeadSpecification(Building.Head(config, sizes, tiedByDefault: false)),
        };
    }
}
