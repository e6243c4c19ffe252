using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Ministral 3 (Mistral AI, 2025): Mistral with YaRN and queries that grow with the logarithm of their position, as Llama 4's do.
/// Reference: transformers <c>modeling_ministral3.py</c>.
/// </summary>
internal sealed class Ministral3 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(131072, 4096, 14336, 34, 32, 8, 262144) { HeadSize = 128, HeadSizeMayBeNull = false, KeyValueHeadsMayBeNull = false };

    private static readonly RotaryRules s_rotary = new()
    {
        Theta = 1_000_000,
        Default = """
            {"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 16.0, "original_max_position_embeddings": 16384, "beta_fast": 32.0,
             "beta_slow": 1.0, "mscale_all_dim": 1.0, "mscale": 1.0, "llama_4_scaling_beta": 0.1}
            """,
    };

    /// <inheritdoc />
    public string ModelType => "ministral3";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, s_rotary);
        var queryScale = RotaryReader.ReadQueryScale(config, sizes, s_rotary);
        var scores = Building.Scores(sizes, Building.Window(config, null));
        var activation = config.Activation("hidden_act", "silu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return Building.PreNorm(
                prefix, sizes, epsilon,
                Building.Attention($"{prefix}.self_attn", sizes, rotary, scores) with { QueryScale = queryScale },
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation));
        });
    }
}
