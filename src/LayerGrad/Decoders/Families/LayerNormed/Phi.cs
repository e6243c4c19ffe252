using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.LayerNormed;

/// <summary>
/// Phi-1, 1.5 and 2 (arXiv 2306.11644, 2309.05463): layer norm, attention and a plain feed-forward side by side, biases
/// everywhere, rotary embedding of a part of each head. Reference: transformers <c>modeling_phi.py</c>.
/// </summary>
internal sealed class Phi : IFamily
{
    private static readonly SizeDefaults s_sizes = new(51200, 2048, 8192, 24, 32, null, 2048);

    /// <inheritdoc />
    public string ModelType => "phi";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("layer_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 0.5 });
        var headNorms = config.Bool("qk_layernorm", false);
        var activation = config.Activation("hidden_act", "gelu_new");
        return Building.Decoder(config, ModelType, sizes, NormSpecification.Layer("model.final_layernorm", sizes.Hidden, epsilon, bias: true), tiedByDefault: false, headBias: true, layer: layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = NormSpecification.Layer($"{prefix}.input_layernorm", sizes.Hidden, epsilon, bias: true),
                Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), qkvBias: true, outputBias: true, output: "dense") with
                {
                    QueryNorm = headNorms ? HeadNorm($"{prefix}.self_attn.q_layernorm", sizes.Heads) : null,
                    KeyNorm = headNorms ? HeadNorm($"{prefix}.self_attn.k_layernorm", sizes.KeyValueHeads) : null,
                },
                FeedForward = Building.PlainMlp($"{prefix}.mlp.fc1", $"{prefix}.mlp.fc2", sizes, activation, bias: true),
                ParallelResidual = true,
            };
        });

        NormSpecification HeadNorm(string name, int heads) => NormSpecification.Layer(name, sizes.HeadSize, epsilon, bias: true) with { Groups = heads };
    }
}
