using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Apertus (arXiv 2509.14233): Llama with norms of each query and key head and a feed-forward without a gate, whose activation xIELU has
/// parameters of its own in every layer. Reference: transformers <c>modeling_apertus.py</c>.
/// </summary>
internal sealed class Apertus : IFamily
{
    private static readonly SizeDefaults s_sizes = new(131072, 4096, 14336, 32, 32, null, 65536);

    private static readonly RotaryRules s_rotary = new()
    {
        Theta = 12_000_000,
        Default = """
            {"rope_type": "llama3", "rope_theta": 12000000.0, "factor": 8.0, "original_max_position_embeddings": 8192, "low_freq_factor": 1.0,
             "high_freq_factor": 4.0}
            """,
    };

    /// <inheritdoc />
    public string ModelType => "apertus";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, s_rotary);
        var bias = config.Bool("attention_bias", false);
        var isXielu = config.Text("hidden_act", "xielu") == "xielu";
        var activation = isXielu ? Activation.Xielu : config.Activation("hidden_act", "xielu");
        return Building.Decoder(config, ModelType, sizes, epsilon, tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = NormSpecification.Rms($"{prefix}.attention_layernorm", sizes.Hidden, epsilon),
                Mixer = Building.WithHeadNorms(
                    Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), bias, bias),
                    $"{prefix}.self_attn.q_norm", $"{prefix}.self_attn.k_norm", epsilon),
                FeedForwardNorm = NormSpecification.Rms($"{prefix}.feedforward_layernorm", sizes.Hidden, epsilon),
                FeedForward = Building.PlainMlp($"{prefix}.mlp.up_proj", $"{prefix}.mlp.down_proj", sizes, activation, bias: false) with
                {
                    Xielu = isXielu ? XieluSpecification.Of($"{prefix}.mlp.act_fn") : null,
                },
            };
        });
    }
}
