using LayerGrad.Decoders.Families.Dense;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Mixtures;

/// <summary>
/// Hunyuan A13B (Tencent, 2025): the dense models' attention, and in every layer a mixture of experts beside a shared one of the same size, with a
/// number of experts a token that may differ from layer to layer. Reference: transformers <c>modeling_hunyuan_v1_moe.py</c>.
/// </summary>
internal sealed class HunyuanMoe : IFamily
{
    private const string PerToken = "moe_topk";

    private static readonly SizeDefaults s_sizes = new(290943, 4096, 11008, 32, 32, null, 2048);

    /// <inheritdoc />
    public string ModelType => "hunyuan_v1_moe";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        if (!config.Has("head_dim"))
            throw config.Missing("head_dim"); // The reference has no size in its place.
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { DynamicAlpha = true });
        var bias = config.Bool("attention_bias", false);
        var activation = config.Activation("hidden_act", "silu");
        var experts = Experts.Count(config, Experts.CountFields, 1);
        var perToken = ExpertsPerToken(config, sizes, experts);
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            var routing = new RoutingSpecification(perToken[layer]) { Renormalize = true };
            return Building.PreNorm(
                prefix, sizes, epsilon, HunyuanDense.Attention($"{prefix}.self_attn", sizes, rotary, bias, epsilon),
                Experts.Mixture($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, experts, routing, activation, router: "gate.wg") with
                {
                    Shared = new SharedExpertSpecification(Building.GatedMlp($"{prefix}.mlp.shared_mlp", sizes.Hidden, sizes.Intermediate, activation)),
                });
        });
    }

    /// <summary>One number for all layers, or one for each.</summary>
    private static int[] ExpertsPerToken(ConfigReader config, Sizes sizes, int experts)
    {
        var field = config.OneOf([PerToken, "num_experts_per_tok"]);
        if (!config.IsList(field))
        {
            var perToken = config.Count(field, 1);
            Experts.RequireEnough(config, field, perToken, Experts.CountFields, experts);
            return [.. Enumerable.Repeat(perToken, sizes.Layers)];
        }

        var items = config.Items(field)!;
        if (items.Count < sizes.Layers)
            throw config.Inconsistent($"{field} names {items.Count} layers, but num_hidden_layers is {sizes.Layers}");
        int[] numbers = [.. items.Take(sizes.Layers).Select(item => item.AsInt(1, TensorCounts.Most))];
        Experts.RequireEnough(config, field, numbers.Max(), Experts.CountFields, experts);
        return numbers;
    }
}
